"""The vault that keeps what people pay: its contract, and the words in which it is spoken to."""
