"""Why nothing is decided: there is no sound context."""

from __future__ import annotations


class ContextRefused(Exception):
    """There is nothing sound to decide on; the slot is skipped with this code and nobody is asked."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
