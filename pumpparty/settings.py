"""Every setting in one place, read from the environment; the defaults run the embedded arena on one machine."""

from datetime import timedelta
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from pumpparty import artifact_settings as artifacts
from pumpparty import economy_settings as economy
from pumpparty import environment as env
from pumpparty import model_settings as models
from pumpparty import signin_settings as signin
from pumpparty import site_settings as site
from pumpparty import terminal_settings as terminal
from pumpparty import unfold

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("PUMPPARTY_DATA", str(BASE_DIR / ".data"))).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)

PRODUCTION = env.flag("PUMPPARTY_PRODUCTION")
DEBUG = env.flag("PUMPPARTY_DEBUG") and not PRODUCTION
SECRET_KEY = env.text(
    "PUMPPARTY_SECRET_KEY", "" if PRODUCTION else "embedded-arena-on-one-machine-not-for-production-0000"
)
if not SECRET_KEY:
    raise ImproperlyConfigured("PUMPPARTY_SECRET_KEY must be set when PUMPPARTY_PRODUCTION=1.")
ALLOWED_HOSTS = site.hosts(production=PRODUCTION)
CSRF_TRUSTED_ORIGINS = env.names("PUMPPARTY_ORIGINS")

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_celery_beat",
    "corsheaders",
    "apps.core",
    "apps.operations",
    "apps.users",
    "apps.market",
    "apps.clones",
    "apps.terminal",
    "apps.decisions",
    "apps.trading",
    "apps.backtests",
    "apps.competition",
    "apps.economy",
    "apps.console",
    "apps.web",
    "pumpparty",
]

MIDDLEWARE = [
    "apps.core.middleware.RequestIdMiddleware",
    "apps.core.middleware.AnswerHeadersMiddleware",
    "apps.core.middleware.RefuseNulMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.users.middleware.SessionBoundMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "pumpparty.urls"
CSRF_FAILURE_VIEW = "apps.core.failures.csrf_failure"
WSGI_APPLICATION = "pumpparty.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": env.database(env.text("DATABASE_URL"), data_dir=DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "users.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/admin/"

# Signing in with a wallet. Sites are compared with this list, never with what a request says about itself.
SIGNIN_DOMAINS = signin.domains(production=PRODUCTION, hosts=ALLOWED_HOSTS)
SIGNIN_SCHEMES = ["https"] if PRODUCTION else ["http"]
SIGNIN_CHAINS = signin.chains()
CHAIN_RPC_URLS = signin.chain_rpc_urls()
PORTO_RELAY_URL = signin.relay_url()
ACCESS_KEYS = signin.access_keys(production=PRODUCTION, secret_key=SECRET_KEY)
ACCESS_TTL = timedelta(minutes=10)
REFRESH_TTL = timedelta(days=30)
REFRESH_GRACE = timedelta(seconds=10)
CHALLENGE_TTL = timedelta(minutes=5)
FRESH_SIGNIN = timedelta(minutes=10)
DEV_USER_HEADER = signin.development_user_header(production=PRODUCTION)
TRUSTED_PROXY_HOPS = env.whole_number("PUMPPARTY_PROXY_HOPS", default=0, low=0, high=10)

# The money path: without a vault nothing can be paid, and the pages say so. The chain runs in real time.
VAULTS = economy.vaults(production=PRODUCTION)
RESOLVER_KEY = economy.resolver_key()
REFUND_TTL = timedelta(days=14)

# The MegaETH Terminal, whose profiles may be linked; without its addresses the link is off.
_terminal = terminal.addresses(production=PRODUCTION)
TERMINAL_AUTHORIZE_URL = _terminal.authorize
TERMINAL_TOKEN_URL = _terminal.token
TERMINAL_PROFILE_URL = _terminal.profile
TERMINAL_REDIRECT_URI = _terminal.redirect
TERMINAL_CLIENT_ID = env.text("PUMPPARTY_TERMINAL_CLIENT_ID", "pumpparty")
TERMINAL_KEYS = terminal.keys(production=PRODUCTION, secret_key=SECRET_KEY, used=bool(_terminal.token))

# Other sites may call the API with tokens of their own, never with the cookies of a page.
CORS_ALLOWED_ORIGINS = env.names("PUMPPARTY_CORS_ORIGINS")
CORS_ALLOW_CREDENTIALS = False
CORS_URLS_REGEX = r"^/api/.*$"
CORS_ALLOW_HEADERS = [
    "accept",
    "authorization",
    "content-type",
    "idempotency-key",
    "if-match",
    "x-request-id",
]
CORS_EXPOSE_HEADERS = ["etag", "retry-after", "x-request-id"]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

UNFOLD = unfold.UNFOLD

STATIC_URL = "static/"
BUILT_STATIC = BASE_DIR / ".build" / "static"  # what manage.py build_frontend makes
BUILT_STATIC.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static", BUILT_STATIC]
STATIC_ROOT = Path(env.text("PUMPPARTY_STATIC_ROOT", str(DATA_DIR / "staticfiles")))
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
ARTIFACT_ROOT = Path(env.text("PUMPPARTY_ARTIFACTS", str(DATA_DIR / "artifacts")))
ARTIFACT_STORE = artifacts.store()
ARTIFACT_S3 = artifacts.bucket(ARTIFACT_STORE)

REDIS_URL = env.text("REDIS_URL")
CACHES = {
    "default": (
        {
            "BACKEND": "apps.core.cache.ForgivingRedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
        }
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}

# Celery. The broker only carries "wake up": the work itself is in the database.
CELERY_BROKER_URL = env.text("CELERY_BROKER_URL", REDIS_URL or "memory://")
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_ROUTES = models.TASK_ROUTES
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
}
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"

REST_FRAMEWORK = {
    "DEFAULT_PARSER_CLASSES": ["apps.core.api.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["apps.core.api.CamelJSONRenderer"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.users.api.authentication.AccessTokenAuthentication",
        *(["apps.users.api.authentication.DevUserAuthentication"] if DEV_USER_HEADER else []),
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "apps.core.api.CursorPage",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "apps.core.api.problem_handler",
    "PAGE_SIZE": 50,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Pump Party",
    "DESCRIPTION": "A verifiable arena for AI traders.",
    "VERSION": "1",
    "OAS_VERSION": "3.0.3",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "AssetCategoryEnum": "apps.market.types.AssetCategory",
        "CapitalSubjectKindEnum": "apps.market.types.SubjectKind",
        "CloneStatusEnum": "apps.clones.types.CloneStatus",
        "ReportCategoryEnum": "apps.clones.types.ReportCategory",
        "ReportStatusEnum": "apps.clones.types.ReportStatus",
        "DecisionRunStatusEnum": "apps.decisions.types.RunStatus",
        "OrderStatusEnum": "apps.trading.types.OrderStatus",
        "PropAccountStatusEnum": "apps.trading.types.AccountStatus",
        "TriggerStatusEnum": "apps.trading.types.TriggerStatus",
        "TerminalLinkStatusEnum": "apps.terminal.types.LinkStatus",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "pumpparty.openapi.camelize",
        "pumpparty.openapi.close_bodies",
        "pumpparty.openapi.document_problems",
    ],
}

# The arena. Numbers that operators may want to change; everything else is a rulebook or a policy row.
# Which models of each strength are asked, best first, and what they may cost: of a run, a user's day, a day, all time.
DECISION_MODELS = models.routes(production=PRODUCTION)
DECISION_BUDGETS = models.budgets()
# What can decide here: a strategy that wants another engine cannot be published.
STRATEGY_ENGINES = ("rules", "noop", *(("model",) if DECISION_MODELS else ()))
ARENA_SLOTS = env.whole_number("PUMPPARTY_ARENA_SLOTS", default=12, low=1, high=1000)
FREE_CLONES_PER_USER = env.whole_number("PUMPPARTY_FREE_CLONES", default=3, low=0, high=1000)
OPERATIONS_HEALTH_PERMISSION = "apps.users.permissions.HasHealthScope"
MEDIA_ORIGIN = env.origin("PUMPPARTY_MEDIA_ORIGIN")
MARKET_SOURCE = env.text("PUMPPARTY_SOURCE")
HYPERLIQUID_URL = env.text("HYPERLIQUID_URL", "https://api.hyperliquid.xyz")
# The venue allows 1200 a minute and address (its documentation, August 2026); the rest is for people who look.
HYPERLIQUID_WEIGHT_PER_MINUTE = env.whole_number(
    "HYPERLIQUID_WEIGHT_PER_MINUTE", default=1000, low=150, high=1200
)
# The socket is beside the HTTP API under /ws (the venue's documentation, August 2026).
HYPERLIQUID_WS_URL = (
    env.text("HYPERLIQUID_WS_URL") or HYPERLIQUID_URL.replace("http", "ws", 1).rstrip("/") + "/ws"
)
# Public reads, no key (docs.polymarket.com, 2026-05-06).
POLYMARKET_URL = env.text("POLYMARKET_URL", "https://gamma-api.polymarket.com")
# Public reads, no key (api-docs openapi-free, 2026-09).
DEFILLAMA_URL = env.text("DEFILLAMA_URL", "https://api.llama.fi")
DEFILLAMA_STABLECOINS_URL = env.text("DEFILLAMA_STABLECOINS_URL", "https://stablecoins.llama.fi")
DEFILLAMA_PROTOCOLS = env.names("DEFILLAMA_PROTOCOLS", "hyperliquid-hlp,hyperliquid-bridge,aave-v3,lido")
# How long market memory keeps rows; candles stay for ever as day blocks, and so does whatever a ledger cites.
MARKET_RETENTION = {
    "minute_candles": timedelta(days=14),
    "five_minute_candles": timedelta(days=180),
    "hour_candles": timedelta(days=3650),
    "quotes": timedelta(hours=48),  # then the last of each minute
    "minute_quotes": timedelta(days=30),
    "books": timedelta(hours=24),
    "minute_contexts": timedelta(days=7),  # then the last of each hour, for ever
    "prediction_snapshots": timedelta(days=2),  # then the last of each hour
    "prediction_markets": timedelta(days=30),  # after their end
    "runs": timedelta(days=1),
}

# What a run saw and was told leaves its row for the artifact store this long (market time) after the decision.
DECISION_ARCHIVE_AFTER = timedelta(hours=24)

# Marking to market, in market time.
TRADING_MARKS = {
    "snapshots": timedelta(seconds=60),
    "flat_snapshots": timedelta(minutes=5),  # of accounts without positions whose balance did not change
    "delisting_grace": timedelta(
        hours=1
    ),  # then what is held of a delisted asset is closed at its last price
}
# From each age on, the last snapshot of every step stays (and an account's first and last for ever).
TRADING_SNAPSHOT_LADDER = (
    (timedelta(hours=24), timedelta(minutes=5)),
    (timedelta(days=7), timedelta(hours=1)),
    (timedelta(days=90), timedelta(days=1)),
)

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
# A browser keeps the __Host- prefix for secure cookies of this very host, so no neighbouring site can plant one.
SESSION_COOKIE_NAME = "__Host-session" if PRODUCTION else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrf" if PRODUCTION else "csrftoken"
SECURE_SSL_REDIRECT = PRODUCTION
# Where our own proxies end TLS, the last of them says how it was asked; a site without them hears nobody's word.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_HOPS else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if PRODUCTION else 0
# What stands beside this host, and browsers' lists of hosts, are for the owner of the whole domain to decide.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
CONTENT_POLICIES = site.content_policies(
    media_origin=MEDIA_ORIGIN, leaves_by_form=bool(TERMINAL_AUTHORIZE_URL)
)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.text("PUMPPARTY_LOG_LEVEL", "INFO")},
}
