"""Who looks at a page, as the top bar shows them."""

from typing import Any

from apps.web import formats

VISITOR = {"is_signed_in": False}


def viewer(user: Any, session: Any | None) -> dict[str, Any]:
    """A signed-in person by the wallet of this sign-in; an operator, who has none, by name."""
    if not user.is_authenticated:
        return VISITOR
    address = session.wallet.address if session is not None else ""
    return {
        "is_signed_in": True,
        "short": formats.short_address(address) if address else user.username,
        "address": address,
        "name": user.username,
    }
