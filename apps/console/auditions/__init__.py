"""The audition desk: what runs, what is due, put off or in doubt, how the rest ended, and the rulebooks."""
