"""Serving the pictures of clones: named by their content, and nothing but pictures wherever they are opened."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from apps.clones import queries
from apps.core.errors import NotFound
from apps.operations import artifacts

HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


@require_safe
def clone_image(request: HttpRequest, digest: str) -> HttpResponse:
    """The picture of this digest while a clone that is not hidden shows it; 404 otherwise, 304 for who has it."""
    if not queries.is_public_image(digest):
        raise Http404("There is no such picture.")
    headers = {**HEADERS, "ETag": f'"{digest}"'}
    known = parse_etags(request.headers.get("If-None-Match", ""))
    if "*" in known or headers["ETag"] in {tag.removeprefix("W/") for tag in known}:
        return HttpResponse(status=304, headers=headers)
    try:
        content = artifacts.get(digest)
    except NotFound as missing:
        raise Http404(missing.detail) from missing
    return HttpResponse(content, content_type="image/webp", headers=headers)
