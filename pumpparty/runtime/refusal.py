"""The one way the runtime refuses to start: a single line that says what to do."""


class CannotStart(Exception):
    """Starting is impossible as asked; the text is one line for the person who asked."""
