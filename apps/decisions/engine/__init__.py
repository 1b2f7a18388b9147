"""The pure decision engine: a context packet in, a parsed answer out, no framework and no clock."""
