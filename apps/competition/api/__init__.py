"""Competition on the wire: public reads of the Arena, the queue and auditions; an owner's submission."""
