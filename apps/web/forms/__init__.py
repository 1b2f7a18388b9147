"""What the player's pages read of a form: fields checked by Django, one form a page."""
