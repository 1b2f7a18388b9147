"""Rulebooks in the console: published from a form, read-only for ever, one of them offered."""

from datetime import datetime

from django.contrib import admin

from apps.competition.admin.rulebook_form import RulebookForm
from apps.competition.models import Rulebook
from apps.competition.services import rulebooks
from apps.competition.types import RulebookTerms
from apps.operations.admin_kit import OperatorAdmin, operator_action
from apps.operations.audit import Actor


@admin.register(Rulebook)
class RulebookAdmin(OperatorAdmin):
    """Published terms by digest."""

    list_display = ("title", "digest", "is_offered", "published_at")
    search_fields = ("title", "digest")
    actions_list = ("publish",)
    actions_detail = ("offer",)

    @operator_action(
        description="Publish a rulebook",
        permission="competition.add_rulebook",
        verb="competition.rulebook.publish-asked",
        icon="gavel",
        form=RulebookForm,
    )
    def publish(self, obj: None, *, reason: str, by: Actor, now: datetime, terms: RulebookTerms) -> str:
        """Its document stands for ever under its digest. Nobody plays under it before it is offered."""
        rulebook = rulebooks.publish_by(terms=terms, reason=reason, by=by, now=now)
        return f"{rulebook.title} is published as {rulebook.digest[:12]}."

    @operator_action(
        description="Offer",
        permission="competition.change_rulebook",
        verb="competition.rulebook.offer-asked",
        icon="sell",
    )
    def offer(self, rulebook: Rulebook, *, reason: str, by: Actor, now: datetime) -> str:
        """From now on whoever buys an audition buys it under these terms. What was bought before keeps its own."""
        rulebooks.offer(rulebook=rulebook, reason=reason, by=by, now=now)
        return f"{rulebook.title} is offered from now on."
