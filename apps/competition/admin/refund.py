"""Leave to give fees back in the console: asked for by one person, decided by another."""

from datetime import datetime

from django import forms
from django.contrib import admin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from apps.clones import queries as clones
from apps.competition.models import RefundAuthorisation
from apps.competition.services import refunds
from apps.core.errors import NotFound
from apps.operations.admin_kit import OperatorAdmin, ReasonForm, operator_action
from apps.operations.audit import Actor

_DECIDE = "competition.change_refundauthorisation"


class GrantForm(ReasonForm):
    """Which grant's fee."""

    grant = forms.CharField(
        label="Grant",
        max_length=40,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "placeholder": "ent_…"}),
        help_text="Its identifier: on the page of the entitlement, or of the audition that spent it.",
    )
    field_order = ("grant", "reason")

    def clean_grant(self) -> object:
        """The grant of that identifier."""
        try:
            return clones.get_entitlement(self.cleaned_data["grant"].strip())
        except NotFound as missing:
            raise forms.ValidationError(missing.detail) from missing


@admin.register(RefundAuthorisation)
class RefundAuthorisationAdmin(OperatorAdmin):
    """What waits for a second person, what was authorised and what denied."""

    list_display = ("fee_of", "status", "reason", "asked_by", "asked_at", "decided_by", "decided_at")
    list_filter = ("status",)
    list_select_related = ("entitlement__clone", "asked_by", "decided_by")
    search_fields = ("public_id", "entitlement__public_id", "entitlement__clone__name", "audition__public_id")
    actions_list = ("ask",)
    actions_detail = ("authorise", "deny")

    @display(description="Fee of")
    def fee_of(self, authorisation: RefundAuthorisation) -> str:
        """The clone that it was paid for."""
        return str(authorisation.entitlement.clone.name)

    @operator_action(
        description="Ask for a refund",
        permission="competition.add_refundauthorisation",
        verb="competition.refund.ask-asked",
        icon="currency_exchange",
        form=GrantForm,
    )
    def ask(self, obj: None, *, reason: str, by: Actor, now: datetime, grant: object) -> str:
        """The fee of a voided audition, or of a grant that nothing spent. The grant is withdrawn at once; another person
        decides."""
        asked = refunds.ask(entitlement=grant, reason=reason, by=by, now=now)
        return f"{asked.public_id} waits for a second person."

    @operator_action(
        description="Authorise",
        permission=_DECIDE,
        verb="competition.refund.authorise-asked",
        icon="task_alt",
        irreversible=True,
    )
    def authorise(self, authorisation: RefundAuthorisation, *, reason: str, by: Actor, now: datetime) -> str:
        """The fee may be given back: the money path signs it for the wallet that paid. Who asked for it, or owns the
        clone, cannot do this."""
        refunds.authorise(authorisation=authorisation, by=by, reason=reason, now=now)
        return "The refund is authorised."

    @operator_action(
        description="Deny", permission=_DECIDE, verb="competition.refund.deny-asked", icon="block"
    )
    def deny(self, authorisation: RefundAuthorisation, *, reason: str, by: Actor, now: datetime) -> str:
        """Nothing is given back, and the grant is what it was before: one that was not spent may be spent again."""
        refunds.deny(authorisation=authorisation, by=by, reason=reason, now=now)
        return "The refund is denied."
