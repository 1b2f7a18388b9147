"""Reading the settings of the site as a browser meets it: its names, its proxies, and what its pages may load."""

from django.core.exceptions import ImproperlyConfigured

from pumpparty import environment as env

LOCAL = "localhost,127.0.0.1,[::1],testserver"
# Styles stand in attributes of our templates and are written by the charts; no script does.
COMMON = "style-src 'self' 'unsafe-inline'; font-src 'self' data:; object-src 'none'; base-uri 'none'"
READERS = ("/api/v1/docs/", "/api/v1/reference/")


def hosts(*, production: bool) -> list[str]:
    """The names that the site answers to: PUMPPARTY_HOSTS, by default this machine; demanded in production."""
    named = env.names("PUMPPARTY_HOSTS", "" if production else LOCAL)
    if production and (not named or "*" in named):
        raise ImproperlyConfigured("PUMPPARTY_HOSTS must name the hosts when PUMPPARTY_PRODUCTION=1.")
    return named


def content_policies(*, media_origin: str, leaves_by_form: bool) -> list[tuple[str, str]]:
    """The Content-Security-Policy of each part of the site, as (beginning of the path, policy); the first that fits counts.

    Scripts come from our own files only. The console's libraries evaluate expressions of their own templates, and the
    readers of the API's document start by a script in their page; neither shows what players write as HTML. With
    `leaves_by_form` a form may lead to another site: to the Terminal, and from there to wherever it lets people in.
    """
    images = f"img-src 'self' data: blob: {media_origin}".rstrip()
    leaving = "'self' https:" if leaves_by_form else "'self'"
    own = f"default-src 'self'; {COMMON}; {images}; frame-ancestors 'none'"
    reader = f"{own}; script-src 'self' 'unsafe-inline'; worker-src 'self' blob:; form-action 'self'"
    return [
        *((path, reader) for path in READERS),
        ("/api/", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
        ("/admin/", f"{own}; script-src 'self' 'unsafe-eval'; form-action 'self'"),
        ("/", f"{own}; script-src 'self'; form-action {leaving}"),
    ]
