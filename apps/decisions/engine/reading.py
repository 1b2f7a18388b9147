"""Reads a raw answer: strictly, and not at all where it gives away what its prompt kept to itself."""

from __future__ import annotations

from apps.decisions.engine.leaks import leaks
from apps.decisions.engine.parse import parse, refuse_size
from apps.decisions.engine.prompt import assemble
from apps.decisions.engine.types import ContextPacket, InvalidAnswer, ProposedIntent


def read_answer(text: str, context: ContextPacket) -> tuple[ProposedIntent, ...]:
    """The actions that an answer asks for; raises InvalidAnswer.

    A packet with streams went to a model as a prompt, and the answer may not repeat what that kept to itself.
    """
    refuse_size(text)  # before it is looked through for what it may not hold, which takes longer
    leak = None if context.streams is None else leaks(text, assemble(context))
    if leak is not None:
        raise InvalidAnswer("INVALID_OUTPUT", leak)
    return parse(text, context)
