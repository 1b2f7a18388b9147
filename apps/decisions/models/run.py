"""One decision of one prompt about one asset for one slot, with everything needed to ask again."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from apps.core.fields import MicrosField, PublicIdField
from apps.decisions.types import FINISHED, RunStatus, WakeCause


class DecisionRun(models.Model):
    """A run is claimed once, answered once and sealed once; the seal chains the subject's runs.

    `subject` is opaque here: whoever asks for decisions names itself, and says in `read_from` by plain numbers which
    of its rows the account in the context was read from. Leases run on real time. `seen_at` and `seen_mark_micros` are
    the moment and the mark price of the context, for whoever looks whether it has moved since. Once `archived_at` is
    set, context, prompt and answer are artifacts, and `services.payloads` reads them: `prompt` and `raw_answer` under
    the SHA-256 of their text, the context under `context_artifact`, that of its canonical JSON.
    """

    public_id = PublicIdField(prefix="run")
    subject = models.CharField(max_length=64)
    version = models.ForeignKey("clones.StrategyVersion", on_delete=models.PROTECT, related_name="+")
    prompt_key = models.CharField(max_length=64)
    symbol = models.CharField(max_length=32)
    slot_at = models.DateTimeField()
    slot_ends_at = models.DateTimeField()
    status = models.CharField(max_length=12, choices=RunStatus.choices, default=RunStatus.QUEUED)
    wake_cause = models.CharField(
        max_length=12, choices=WakeCause.choices, blank=True, default="", db_default=""
    )
    requested_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    lease_epoch = models.PositiveIntegerField(default=0)
    lease_expires_at = models.DateTimeField(null=True, blank=True)

    engine = models.CharField(max_length=16)
    engine_revision = models.CharField(max_length=64, blank=True)
    context = models.JSONField(default=dict, blank=True)
    context_digest = models.CharField(max_length=64, blank=True)
    section_digests = models.JSONField(default=dict, blank=True, editable=False)
    context_max_knowable_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True, editable=False)
    seen_mark_micros = MicrosField(null=True, blank=True, editable=False)
    read_from = models.JSONField(default=dict, blank=True, editable=False)
    context_artifact = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    prompt = models.TextField(blank=True, default="", db_default="")
    prompt_digest = models.CharField(max_length=64, blank=True, default="", db_default="")
    model = models.CharField(max_length=160, blank=True, default="", db_default="")
    parameters = models.JSONField(default=dict, blank=True)
    raw_answer = models.TextField(blank=True)
    answer_digest = models.CharField(max_length=64, blank=True, default="", db_default="")
    tokens_cached_count = models.PositiveIntegerField(default=0, db_default=0)
    tokens_in_count = models.PositiveIntegerField(default=0)
    tokens_out_count = models.PositiveIntegerField(default=0)
    cost_micros = MicrosField(default=0)
    latency_ms = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=32, blank=True)
    error_detail = models.CharField(max_length=400, blank=True)

    decided_at = models.DateTimeField(null=True, blank=True)
    sequence = models.PositiveIntegerField(null=True, blank=True)
    previous_digest = models.CharField(max_length=64, blank=True)
    record_digest = models.CharField(max_length=64, blank=True)
    salt = models.CharField(max_length=32, blank=True, default="", db_default="", editable=False)
    schema = models.CharField(
        max_length=24, default="decision_record_v1", db_default="decision_record_v1", editable=False
    )
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-slot_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "prompt_key", "symbol", "slot_at"], name="decisions_one_run_per_slot"
            ),
            models.UniqueConstraint(fields=["subject", "sequence"], name="decisions_one_link_per_sequence"),
            models.CheckConstraint(
                condition=Q(context_max_knowable_at__isnull=True)
                | Q(decided_at__isnull=True)
                | Q(context_max_knowable_at__lte=F("decided_at")),
                name="decisions_no_look_ahead",
            ),
            models.CheckConstraint(
                condition=Q(status__in=sorted(FINISHED), sequence__isnull=False, decided_at__isnull=False)
                | Q(status__in=["queued", "running"], sequence__isnull=True),
                name="decisions_finished_means_sealed",
            ),
        ]
        indexes = [
            models.Index(fields=["version", "-slot_at"], name="decisions_by_version"),
            models.Index(
                fields=["created_at"],
                name="decisions_open_runs",
                condition=Q(sequence__isnull=True),
            ),
            models.Index(
                fields=["subject", "slot_at"],
                name="decisions_early",
                condition=~Q(wake_cause=""),
            ),
            models.Index(
                fields=["decided_at"],
                name="decisions_to_archive",
                condition=Q(sequence__isnull=False, archived_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.symbol} {self.slot_at:%Y-%m-%d %H:%M}"

    @property
    def is_finished(self) -> bool:
        """True once the run is sealed and can never change again."""
        return self.status in FINISHED
