"""A second opinion on the venue: the same rules in exact fractions, written from the rules alone."""
