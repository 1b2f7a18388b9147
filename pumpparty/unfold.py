"""The look and wiring of the operator's site, as plain data: callbacks are dotted strings so that settings import no app."""

from typing import Any

PUMP_PINK: dict[str, str] = {
    "50": "oklch(97.5% .014 350)",
    "100": "oklch(94.5% .032 350)",
    "200": "oklch(89.5% .066 350)",
    "300": "oklch(81.5% .126 352)",
    "400": "oklch(72.5% .198 355)",
    "500": "oklch(65.5% .238 358)",
    "600": "oklch(59% .24 1)",
    "700": "oklch(52% .21 3)",
    "800": "oklch(45% .175 5)",
    "900": "oklch(39% .14 7)",
    "950": "oklch(27% .1 9)",
}

NIGHT: dict[str, str] = {
    "50": "oklch(98.4% .003 290)",
    "100": "oklch(96.6% .005 290)",
    "200": "oklch(92.2% .009 290)",
    "300": "oklch(86.4% .014 290)",
    "400": "oklch(71.2% .026 290)",
    "500": "oklch(55.4% .032 290)",
    "600": "oklch(44.4% .034 290)",
    "700": "oklch(36.4% .035 290)",
    "800": "oklch(26.8% .032 290)",
    "900": "oklch(20.2% .028 290)",
    "950": "oklch(14.2% .024 290)",
}

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Pump Party",
    "SITE_HEADER": "Pump Party",
    "SITE_SUBHEADER": "Operator console",
    "SITE_URL": "/",
    "SITE_SYMBOL": "swords",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "8px",
    "ENVIRONMENT": "apps.console.site.environment",
    "ENVIRONMENT_TITLE_PREFIX": "apps.console.site.environment_title_prefix",
    "LOGIN": {"form": "apps.users.login_form.CountedLoginForm"},
    "DASHBOARD_CALLBACK": "apps.console.dashboard.dashboard",
    "STYLES": ["apps.console.site.stylesheet"],
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "apps.console.site.favicon"}],
    "COLORS": {"base": NIGHT, "primary": PUMP_PINK},
    "SIDEBAR": {
        "show_search": True,
        "command_search": False,
        "show_all_applications": False,
        "navigation": "apps.console.site.navigation",
    },
}
