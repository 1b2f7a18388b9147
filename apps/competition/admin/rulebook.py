"""Rulebooks in the console: published documents, read-only for ever."""

from django.contrib import admin

from apps.competition.models import Rulebook
from apps.operations.admin_kit import ReadOnlyAdmin


@admin.register(Rulebook)
class RulebookAdmin(ReadOnlyAdmin):
    """Published terms by digest."""

    list_display = ("title", "digest", "published_at")
    search_fields = ("title", "digest")
