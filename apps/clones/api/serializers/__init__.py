"""What goes over the wire about clones: the owner's view, the public view, and what may be sent."""
