"""A deterministic market from a seed: clearly labelled, for machines without a network or a recording."""
