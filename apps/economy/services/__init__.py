"""What economy does: one function an act, keyword-only, one transaction each."""
