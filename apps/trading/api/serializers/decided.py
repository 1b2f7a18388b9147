"""A decision's proof on the wire: the bundle of its sealed documents, and what executing it again found."""

from rest_framework import serializers

from apps.core.api import DocumentField
from apps.trading.services.reexecution import Part, Step, StepStatus
from apps.trading.services.reexecution.sharing import Verified

STATUSES = f"One of {', '.join(StepStatus)}."
CANONICAL = "SHA-256 of the document as JSON with sorted keys and no spaces."


class SealedDocumentSerializer(serializers.Serializer[object]):
    """A document and the digest it must have; null where the document is not this caller's to read."""

    digest = serializers.CharField(help_text=CANONICAL)
    document = DocumentField(allow_null=True)


class SeenSectionSerializer(SealedDocumentSerializer):
    """A section of a context: SHA-256 of its key, a colon and its digest stands in the record's `seals`."""

    digest = serializers.CharField(help_text=CANONICAL)
    key = serializers.CharField()


class SeenSectionsSerializer(serializers.Serializer[object]):
    """The sections of a context; `prompt` has the owner's own words."""

    head = SeenSectionSerializer()
    market = SeenSectionSerializer()
    account = SeenSectionSerializer()
    limits = SeenSectionSerializer()
    prompt = SeenSectionSerializer()


class SeenSerializer(serializers.Serializer[object]):
    """What the decision saw: `digest` is that of its sections' digests by name, or of the one whole document.

    Digest and key are empty where a section is not this caller's to read.
    """

    digest = serializers.CharField()
    key = serializers.CharField()
    in_sections = serializers.BooleanField(source="inSections")
    sections = SeenSectionsSerializer()


class SealedTextSerializer(serializers.Serializer[object]):
    """A text, its SHA-256 and the key to its seal in the record; null and empty where it is the owner's alone."""

    digest = serializers.CharField()
    key = serializers.CharField()
    text = serializers.CharField(allow_null=True)


class SealedExecutionSerializer(serializers.Serializer[object]):
    """The sealed record of a verdict; `text` is canonical JSON, hashed as it stands."""

    digest = serializers.CharField()
    sequence = serializers.IntegerField()
    previous_digest = serializers.CharField(source="previousDigest")
    text = serializers.CharField(allow_null=True)


class JudgedActionSerializer(serializers.Serializer[object]):
    """One action: its verdict, the record of it, what that names, and what was booked; no status while it waits."""

    index = serializers.IntegerField()
    status = serializers.CharField()
    reason_code = serializers.CharField(source="reasonCode")
    at = serializers.CharField()
    execution = SealedExecutionSerializer(allow_null=True)
    policy = SealedDocumentSerializer(allow_null=True)
    terms = SealedDocumentSerializer(many=True)
    quote = DocumentField(allow_null=True)
    book = SealedDocumentSerializer(allow_null=True)
    fills = SealedDocumentSerializer(many=True)
    ledger = SealedDocumentSerializer(many=True)


class DecisionBundleSerializer(serializers.Serializer[object]):
    """Everything about one decision that can be checked without this site."""

    schema = serializers.CharField()
    run = serializers.CharField()
    account = serializers.CharField()
    record = SealedDocumentSerializer()
    previous_digest = serializers.CharField(source="previousDigest")
    next_previous_digest = serializers.CharField(source="nextPreviousDigest")
    context = SeenSerializer()  # type: ignore[assignment] # the wire's word
    strategy = SealedTextSerializer(help_text="What was published, as canonical JSON with its compiler.")
    prompt = SealedTextSerializer()
    answer = SealedTextSerializer()
    actions = JudgedActionSerializer(many=True)
    damaged = serializers.ListField(
        child=serializers.CharField(), help_text="Parts that are lost or too damaged to be told."
    )


class ReexecutionStepSerializer(serializers.Serializer[Step]):
    """One step: `where` is the exact place of a difference; `expected` is what asking again gave."""

    name = serializers.CharField()
    part = serializers.CharField(help_text=f"One of {', '.join(Part)}.")
    status = serializers.CharField(help_text=STATUSES)
    action = serializers.IntegerField(allow_null=True)
    sentence = serializers.CharField()
    where = serializers.CharField()
    expected = serializers.CharField()
    found = serializers.CharField()
    digests = serializers.SerializerMethodField()

    def get_digests(self, step: Step) -> list[dict[str, str]]:
        """The digests that the step is about."""
        return [{"name": name, "digest": digest} for name, digest in step.digests]


class DecisionVerificationSerializer(serializers.Serializer[Verified]):
    """A decision executed again, at the market time `checkedAt`."""

    run = serializers.CharField(source="found.run")
    record_digest = serializers.CharField(
        source="found.record_digest",
        help_text="Empty where the record has no salt and is not this caller's to read.",
    )
    status = serializers.CharField(source="found.status", help_text=STATUSES)
    checked_at = serializers.DateTimeField(source="at")
    steps = ReexecutionStepSerializer(source="found.steps", many=True)
