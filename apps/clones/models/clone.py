"""The clone: a product actor that may have many prop accounts over time."""

from django.conf import settings
from django.db import models

from apps.clones.types import CloneStatus
from apps.core.fields import PublicIdField


class Clone(models.Model):
    """An AI trader that a user builds; name, description and image are public, the rest is its owner's.

    `name` and `description` are as long as `naming` allows, in code points. `name_key` is the name as an eye
    confuses it: no two live clones share one, and it is empty for an old name that does. `image_digest` names the
    re-encoded picture in the artifact store, empty for none. `forked_from` is the version it was copied from.
    """

    public_id = PublicIdField(prefix="cln")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="clones")
    name = models.CharField(max_length=128)
    description = models.CharField(max_length=1120, blank=True, default="")
    name_key = models.CharField(max_length=512, blank=True, default="", editable=False)
    image_digest = models.CharField(max_length=64, blank=True, default="", editable=False)
    forked_from = models.ForeignKey(
        "clones.StrategyVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="forks"
    )
    status = models.CharField(max_length=16, choices=CloneStatus.choices, default=CloneStatus.LIVE)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(
                fields=("image_digest",), condition=~models.Q(image_digest=""), name="clone_by_image"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=CloneStatus.values), name="clone_status_is_known"
            ),
            models.UniqueConstraint(
                fields=("name_key",),
                condition=models.Q(status__in=(CloneStatus.LIVE, CloneStatus.HIDDEN))
                & ~models.Q(name_key=""),
                name="clone_name_confuses_nobody",
            ),
        ]

    def __str__(self) -> str:
        return self.name
