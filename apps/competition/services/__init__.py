"""Competition's verbs: publish rulebooks, run auditions, fill the Arena."""
