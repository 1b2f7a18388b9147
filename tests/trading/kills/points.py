"""Every failpoint of the project, in one place; a test holds this list against the code."""

TRADING = (
    "trading.before-enqueue",
    "trading.after-enqueue",
    "trading.before-execute",
    "trading.after-lock",
    "trading.after-verdict",
    "trading.after-order",
    "trading.after-fills",
    "trading.after-positions",
    "trading.after-triggers",
    "trading.after-ledger",
    "trading.after-record",
    "trading.before-execute-commit",
    "trading.after-execute-commit",
    "trading.before-mark",
    "trading.after-funding",
    "trading.after-trigger-fired",
    "trading.after-liquidation-order",
    "trading.after-snapshots",
    "trading.before-mark-commit",
    "trading.after-mark-commit",
    "trading.after-thinning",
)
DECISIONS = (
    "decisions.after-claim",
    "decisions.after-answer",
    "decisions.before-record",
    "decisions.after-record",
)
MODELS = (
    "decisions.before-call",
    "decisions.after-call",
)
"""Killed at in `tests.decisions.models.test_kills`: no schedule asks a model."""
USERS = (
    "users.before-rotate-commit",
    "users.after-rotate-commit",
)
ARENA = (
    "competition.after-membership",
    "competition.before-arena-commit",
    "competition.after-arena-commit",
)
"""Killed at in `tests.competition.test_arena_kills`."""
AUDITIONS = (
    "competition.after-opening",
    "competition.before-submitted",
    "competition.after-verdict",
    "competition.after-closing",
    "competition.after-queueing",
    "competition.before-settled",
)
"""Killed at in `tests.competition.test_audition_kills`."""
PAYMENTS = (
    "economy.after-cursor",
    "economy.before-scan-commit",
    "economy.after-proof",
    "economy.after-confirmed",
    "economy.after-clone",
    "economy.after-grant",
    "economy.after-purchase",
    "economy.after-arrived",
    "economy.before-settle-commit",
    "economy.after-frozen",
    "economy.before-reverse-commit",
)
"""Killed at in `tests.economy.test_kills`."""
POINTS = (*TRADING, *DECISIONS, *MODELS, *USERS, *ARENA, *AUDITIONS, *PAYMENTS)
