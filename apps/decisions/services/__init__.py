"""The verbs of decisions, one module each."""
