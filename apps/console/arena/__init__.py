"""Queue and slots: who waits and what for, who is in the Arena, who was, and what an operator does about it."""
