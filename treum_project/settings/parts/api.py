"""The doors of the web process: middleware, REST, its OpenAPI document, static files and who may call from where."""

from typing import Any

from corsheaders.defaults import default_methods
from csp.constants import NONE, SELF

from treum_project.env import env

MIDDLEWARE = [
    "apps.kernel.observability.middleware.trace_middleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.kernel.gateway.middleware.GateMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

STATIC_URL = "/static/"
STATIC_ROOT = env.str("TREUM_STATIC_ROOT", default="") or None
"""Where an image collects its static files; without it they are served from the packages."""
WHITENOISE_USE_FINDERS = STATIC_ROOT is None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_ROOT
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.kernel.gateway.authentication.GateAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["apps.kernel.gateway.authentication.LetInByGate"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["apps.kernel.api.filters.NoBlankFilters"],
    "DEFAULT_PAGINATION_CLASS": "apps.kernel.api.pagination.CursorPages",
    "DEFAULT_SCHEMA_CLASS": "apps.kernel.api.schema.AutoSchemaWithErrors",
    "EXCEPTION_HANDLER": "apps.kernel.api.errors.problem_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "URL_FORMAT_OVERRIDE": None,
}

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "TREUM AI Finance",
    "DESCRIPTION": (
        "Trading signals that can be trusted, and their execution. Log in at `POST /api/v1/auth/app/v1/auth/login` and "
        "send the access token as `Authorization: Bearer …`. Decimals are strings without exponent, times are UTC, "
        "errors are problem+json (RFC 9457)."
    ),
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"persistAuthorization": True, "displayRequestDuration": True},
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "FollowStateEnum": "apps.trading.enums.FollowState",
        "KillSwitchEnum": "apps.trading.enums.KillSwitch",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "apps.notifications.api.stream_document.add_stream",
        "treum_project.openapi.complete",
    ],
}

CORS_URLS_REGEX = r"^/api/"
CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=[])
_LOCAL_PAGES = r"^http://(localhost|127\.0\.0\.1)(:\d+)?$"
CORS_ALLOWED_ORIGIN_REGEXES = env.list("CORS_ALLOWED_ORIGIN_REGEXES", default=[_LOCAL_PAGES])
CORS_ALLOW_METHODS = [method for method in default_methods if method != "OPTIONS"]
CORS_ALLOW_HEADERS = [
    "accept",
    "authorization",
    "content-type",
    "idempotency-key",
    "last-event-id",
    "traceparent",
    "x-api-key",
    "x-correlation-id",
    "x-email-verification-key",
    "x-password-reset-key",
    "x-session-token",
]
CORS_EXPOSE_HEADERS = [
    "idempotent-replayed",
    "location",
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
    "retry-after",
    "x-correlation-id",
]
CORS_PREFLIGHT_MAX_AGE = 3600

CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
TREUM_PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"

TREUM_STREAM_PORT = env.int("STREAM_PORT", default=3010)
TREUM_STREAM_URL = env.str("TREUM_STREAM_URL", default="")
"""Where the stream process is reached from outside; empty means this host on TREUM_STREAM_PORT."""

TREUM_NOTIFICATIONS_STREAM_LENGTH = env.int("TREUM_NOTIFICATIONS_STREAM_LENGTH", default=1000)
TREUM_NOTIFICATIONS_STREAM_DAYS = env.int("TREUM_NOTIFICATIONS_STREAM_DAYS", default=7)
TREUM_NOTIFICATIONS_TICKET_SECONDS = env.int("TREUM_NOTIFICATIONS_TICKET_SECONDS", default=60)
TREUM_NOTIFICATIONS_HEARTBEAT_SECONDS = env.float("TREUM_NOTIFICATIONS_HEARTBEAT_SECONDS", default=15.0)
TREUM_NOTIFICATIONS_STREAM_MINUTES = env.float("TREUM_NOTIFICATIONS_STREAM_MINUTES", default=60.0)
TREUM_NOTIFICATIONS_MAX_LISTENERS = env.int("TREUM_NOTIFICATIONS_MAX_LISTENERS", default=1000)
