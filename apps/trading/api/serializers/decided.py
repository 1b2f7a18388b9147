"""A decision's proof on the wire: the bundle of its sealed documents, and what executing it again found."""

from rest_framework import serializers

from apps.core.api import DocumentField
from apps.trading.services.reexecution import Part, Reexecution, Step, StepStatus

CANONICAL = "SHA-256 of the document as JSON with sorted keys and no spaces."


class SealedSerializer(serializers.Serializer[object]):
    """A document and the digest it must have; null where the document is not this caller's to read."""

    digest = serializers.CharField(help_text=CANONICAL)
    document = DocumentField(allow_null=True)


class SectionsSerializer(serializers.Serializer[object]):
    """The sections of a context; `prompt` has the owner's own words."""

    head = SealedSerializer()
    market = SealedSerializer()
    account = SealedSerializer()
    limits = SealedSerializer()
    prompt = SealedSerializer()


class SeenSerializer(serializers.Serializer[object]):
    """What the decision saw: `digest` is that of its sections' digests by name, or of the one whole document."""

    digest = serializers.CharField()
    in_sections = serializers.BooleanField(source="inSections")
    sections = SectionsSerializer()


class TextSerializer(serializers.Serializer[object]):
    """A text and its SHA-256; null where it is the owner's alone."""

    digest = serializers.CharField()
    text = serializers.CharField(allow_null=True)


class ExecutionSerializer(serializers.Serializer[object]):
    """The sealed record of a verdict; `text` is canonical JSON, hashed as it stands."""

    digest = serializers.CharField()
    sequence = serializers.IntegerField()
    previous_digest = serializers.CharField(source="previousDigest")
    text = serializers.CharField(allow_null=True)


class JudgedSerializer(serializers.Serializer[object]):
    """One action: its verdict, the record of it, what that names, and what was booked."""

    status = serializers.CharField()
    reason_code = serializers.CharField(source="reasonCode")
    at = serializers.CharField()
    execution = ExecutionSerializer(allow_null=True)
    policy = SealedSerializer(allow_null=True)
    terms = SealedSerializer(many=True)
    quote = DocumentField(allow_null=True)
    book = SealedSerializer(allow_null=True)
    fills = SealedSerializer(many=True)
    ledger = SealedSerializer(many=True)


class BundleSerializer(serializers.Serializer[object]):
    """Everything about one decision that can be checked without this site."""

    schema = serializers.CharField()
    run = serializers.CharField()
    account = serializers.CharField()
    record = SealedSerializer()
    previous_digest = serializers.CharField(source="previousDigest")
    next_previous_digest = serializers.CharField(source="nextPreviousDigest")
    context = SeenSerializer()  # type: ignore[assignment] # the wire's word
    prompt = TextSerializer()
    answer = TextSerializer()
    actions = JudgedSerializer(many=True)


class StepSerializer(serializers.Serializer[Step]):
    """One step: `where` is the exact place of a difference; `expected` is what asking again gave."""

    name = serializers.CharField()
    part = serializers.ChoiceField(choices=[part.value for part in Part])
    status = serializers.ChoiceField(choices=[status.value for status in StepStatus])
    action = serializers.IntegerField(allow_null=True)
    sentence = serializers.CharField()
    where = serializers.CharField()
    expected = serializers.CharField()
    found = serializers.CharField()
    digests = serializers.SerializerMethodField()

    def get_digests(self, step: Step) -> list[dict[str, str]]:
        """The digests that the step is about."""
        return [{"name": name, "digest": digest} for name, digest in step.digests]


class VerificationSerializer(serializers.Serializer[Reexecution]):
    """A decision executed again."""

    run = serializers.CharField()
    record_digest = serializers.CharField()
    status = serializers.ChoiceField(choices=[status.value for status in StepStatus])
    steps = StepSerializer(many=True)
