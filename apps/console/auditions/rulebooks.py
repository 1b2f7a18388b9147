"""A rulebook as the desk shows it: its terms in people's units, its document byte for byte, and who plays under it."""

import json
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from apps.competition.types import Basis, Boundary, Drawdown, Outage, RulebookTerms
from apps.console.acts import acts_upon
from apps.console.words import moment, percent
from apps.operations.admin_columns import money


def rulebook_row(rulebook: Any, request: HttpRequest) -> dict[str, Any]:
    """One rulebook with its acts; one that is offered cannot be offered again."""
    terms = RulebookTerms.from_document(rulebook.document)
    return {
        "title": rulebook.title,
        "digest": rulebook.digest,
        "version": terms.version,
        "is_offered": rulebook.is_offered,
        "is_demonstration": terms.demonstration,
        "published": moment(rulebook.published_at),
        "used": f"{rulebook.used:,}",
        "terms": terms_in_words(terms),
        "document": json.dumps(rulebook.document, indent=2, sort_keys=True, ensure_ascii=False),
        "url": reverse("admin:competition_rulebook_change", args=[rulebook.pk]),
        "acts": [] if rulebook.is_offered else acts_upon(rulebook, request),
    }


def terms_in_words(terms: RulebookTerms) -> list[tuple[str, str]]:
    """Every term: its name and what it says."""
    boundary = f"{terms.day_boundary_minute // 60:02d}:{terms.day_boundary_minute % 60:02d}"
    daily = f"{percent(terms.daily_loss_bps)} of the start, days from {boundary} UTC"
    return [
        ("Window", f"{terms.window_minutes:,} minutes"),
        ("Start", money(terms.start_micros)),
        ("Target", f"{percent(terms.profit_target_bps)} of the start"),
        ("On the target", Boundary(terms.target_boundary).label),
        ("Looked at", Basis(terms.basis).label),
        ("Loss limit", f"{percent(terms.max_loss_bps)} under {Drawdown(terms.drawdown).label.lower()}"),
        ("On a limit", Boundary(terms.loss_boundary).label),
        ("Daily limit", daily if terms.daily_loss_bps else "None"),
        ("Trades", f"{terms.min_orders:,} executed orders at least"),
        ("One asset", f"{percent(terms.max_profit_share_bps)} of the profit at most"),
        ("Sampling", "Every mark on record"),
        ("Without a price", Outage(terms.outage).label),
        ("Oldest price", f"{terms.max_price_age_ms:,} ms"),
    ]
