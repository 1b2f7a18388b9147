"""One decision for operators: what it saw, wanted, was allowed and got, without its owner's words."""
