"""All settings, from the environment.

Development: ``DEBUG=1`` is enough (``make run`` sets it). Otherwise ``SECRET_KEY`` and ``ALLOWED_HOSTS`` are required,
and ``DATABASE_URL`` names PostgreSQL where SQLite is not wanted. Nothing starts half-configured.
"""

import os
from importlib.util import find_spec
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _
from pythonjsonlogger.core import RESERVED_ATTRS

from registry.accounts.role_names import ROLE_NAMES

BASE_DIR = Path(__file__).resolve().parent.parent


def env_bool(name: str, *, default: bool = False) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if value in {"", "0", "false", "no", "off"}:
        return default if value == "" else False
    if value in {"1", "true", "yes", "on"}:
        return True
    raise ImproperlyConfigured(f"{name}={value!r} is neither yes (1, true, yes, on) nor no (0, false, no, off).")


def env_list(name: str) -> list[str]:
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


def env_number(name: str, default: int, *, least: int = 1) -> int:
    value = os.environ.get(name, "").strip() or str(default)
    if not value.isdecimal() or int(value) < least:
        raise ImproperlyConfigured(f"{name}={value!r} is no whole number from {least} upwards.")
    return int(value)


def env_networks(name: str) -> list[str]:
    networks = env_list(name)
    for network in networks:
        try:
            if network != "unix":
                ip_network(network, strict=False)
        except ValueError as error:
            raise ImproperlyConfigured(f'{name}: {error}. Use addresses, networks, or "unix".') from error
    return networks


DEBUG = env_bool("DEBUG")
SECRET_KEY = os.environ.get("SECRET_KEY", "").strip()
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")
CSRF_FAILURE_VIEW = "registry.server.errors.csrf_failure"

if DEBUG:
    SECRET_KEY = SECRET_KEY or "for-development-on-one-machine-only--set-SECRET_KEY-anywhere-else"
else:
    if len(SECRET_KEY) < 32:
        raise ImproperlyConfigured(
            "SECRET_KEY is missing or shorter than 32 characters. Set it in the environment, for example to the output"
            ' of: python3 -c "import secrets; print(secrets.token_urlsafe(48))". For a try on this machine: make run.'
        )
    if not ALLOWED_HOSTS:
        raise ImproperlyConfigured("ALLOWED_HOSTS is missing. Set it to the host names, separated by commas.")

INSTALLED_APPS = [
    "registry",
    "registry.apps.RegisterAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",  # its templates, one of which is ours
    "axes",
    "django_filters",
    "import_export",
    "simple_history",
]

MIDDLEWARE = [
    "registry.server.health.HealthCheckMiddleware",
    "registry.server.request_log.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "registry.web.published.middleware.PublishedMiddleware",  # before whatever reads or sets a cookie
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "registry.accounts.no_store.NoStoreMiddleware",
    "registry.server.replicas.ReplicaMiddleware",
    "registry.accounts.sessions.Sessions",
    "django.middleware.locale.LocaleMiddleware",
    "registry.server.limits.BodyLimitMiddleware",
    "registry.server.limits.InvalidValueMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "registry.accounts.sessions.SessionLimits",
    "django.contrib.messages.middleware.MessageMiddleware",
    "registry.accounts.sessions.SignInAgain",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "registry.history.middleware.ChangeSetMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "registry.web.context.header",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"


def database(name: str, url: str) -> dict[str, Any]:
    try:
        parsed: dict[str, Any] = dict(dj_database_url.parse(url))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} cannot be read ({error}); use sqlite:/// or postgres://.") from error
    if parsed["ENGINE"] == "django.db.backends.sqlite3":
        # The last connection takes the files beside the database with it, and a full disk has no room for new ones:
        # then nobody could look any more.
        parsed["CONN_MAX_AGE"] = None
        parsed["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON;",
        }
    elif parsed["ENGINE"] == "django.db.backends.postgresql":
        if find_spec("psycopg") is None:
            raise ImproperlyConfigured(f"{name}: PostgreSQL needs psycopg: pip install -r requirements.txt")
        parsed["CONN_HEALTH_CHECKS"] = True
        # Cursors that outlive a query fit neither a pooler nor a reader that stops early: see registry.history.keyset.
        parsed["DISABLE_SERVER_SIDE_CURSORS"] = True
        parsed.setdefault("OPTIONS", {})["pool"] = {
            "min_size": 1,
            "max_size": env_number("DATABASE_POOL", 8),
            "timeout": 10,
        }
        # Who cannot connect, or waits for a lock, is told so instead of waiting with the whole process.
        parsed["OPTIONS"].setdefault("connect_timeout", 5)
        waits = "-c lock_timeout=30s -c idle_in_transaction_session_timeout=15min"
        parsed["OPTIONS"].setdefault("options", waits)

    else:
        raise ImproperlyConfigured(f"{name}: {parsed['ENGINE']} is not supported; use sqlite:/// or postgres://.")
    return parsed


DATABASES = {
    "default": database(
        "DATABASE_URL", os.environ.get("DATABASE_URL", "").strip() or f"sqlite:///{BASE_DIR}/db.sqlite3"
    )
}
if REPLICA_URL := os.environ.get("REPLICA_URL", "").strip():
    DATABASES["replica"] = database("REPLICA_URL", REPLICA_URL) | {"TEST": {"MIRROR": "default"}}
    if any(each["ENGINE"] != "django.db.backends.postgresql" for each in DATABASES.values()):
        raise ImproperlyConfigured("REPLICA_URL: only PostgreSQL has replicas; set DATABASE_URL to its primary.")
    DATABASES["replica"]["OPTIONS"]["pool"]["timeout"] = 2  # the primary answers where the replica does not
    DATABASE_ROUTERS = ["registry.server.replicas.ReplicaRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "registry.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "registry.accounts.backends.StaffOnly",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL, LOGIN_REDIRECT_URL = "admin:login", "admin:index"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_HANDLER = "registry.accounts.sign_in_limits.SignInLimits"
AXES_LOCKOUT_CALLABLE = "registry.accounts.sign_in_limits.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # a lock ends, however often somebody tries meanwhile
AXES_CLIENT_IP_CALLABLE = "registry.accounts.client_address.client_address"
#: Proxies whose X-Forwarded-For counts: addresses or networks; "unix" for whoever connects through a socket.
TRUSTED_PROXIES = env_networks("TRUSTED_PROXIES")
AXES_ENABLE_ADMIN = False  # sign-ins are in the change log; a lock is lifted by manage.py axes_reset
AXES_DISABLE_ACCESS_LOG = True  # for the same reason

#: Those of django-allauth are counted by each process for itself, and by name or by address alone: see AXES_HANDLER.
ACCOUNT_RATE_LIMITS = False

#: Sign-in by an OpenID Connect provider: docs/security.md. Needs the extra "sso".
OIDC_URL = os.environ.get("OIDC_URL", "").strip()
SINGLE_SIGN_ON = bool(OIDC_URL)
OIDC_NAME = os.environ.get("OIDC_NAME", "").strip() or "OpenID Connect"
OIDC_GROUPS_CLAIM = os.environ.get("OIDC_GROUPS_CLAIM", "").strip() or "groups"
#: By what the claim says: the role that it stands for.
OIDC_ROLES = dict(pair.rpartition("=")[::2] for pair in env_list("OIDC_ROLES"))
#: How long a link holds: that of break_glass, which goes with a provider; else those that are mailed.
PASSWORD_RESET_TIMEOUT = 600 if SINGLE_SIGN_ON else 24 * 3600
if SINGLE_SIGN_ON:
    if find_spec("allauth") is None:
        raise ImproperlyConfigured("OIDC_URL needs django-allauth: pip install -r requirements.txt")
    if not (DEBUG or OIDC_URL.startswith("https://")):
        raise ImproperlyConfigured("OIDC_URL must begin with https://.")
    oidc_client = {name: os.environ.get(name, "").strip() for name in ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")}
    if missing := [name for name, value in {**oidc_client, "OIDC_ROLES": OIDC_ROLES}.items() if not value]:
        raise ImproperlyConfigured(f"OIDC_URL is set, so these are needed too: {', '.join(missing)}.")
    if unknown := set(OIDC_ROLES.values()) - set(ROLE_NAMES):
        raise ImproperlyConfigured(
            f"OIDC_ROLES: {', '.join(sorted(unknown))} is no role. Write group=role, with commas between: of"
            f" {', '.join(ROLE_NAMES)}."
        )
    INSTALLED_APPS += [
        "allauth",
        "allauth.account",
        "allauth.socialaccount",
        "allauth.socialaccount.providers.openid_connect",
    ]
    MIDDLEWARE.insert(-1, "allauth.account.middleware.AccountMiddleware")
    AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "registry.accounts.single_sign_on.RightsOnly"]
    ACCOUNT_ADAPTER = "registry.accounts.allauth_adapter.AccountAdapter"
    SOCIALACCOUNT_ADAPTER = "registry.accounts.single_sign_on.SocialAccountAdapter"
    SOCIALACCOUNT_ONLY = SOCIALACCOUNT_AUTO_SIGNUP = True
    # A link, and no form that would have to be allowed to lead to another site.
    SOCIALACCOUNT_LOGIN_ON_GET = True
    SOCIALACCOUNT_QUERY_EMAIL = SOCIALACCOUNT_EMAIL_AUTHENTICATION = SOCIALACCOUNT_STORE_TOKENS = False
    ACCOUNT_EMAIL_VERIFICATION, ACCOUNT_UNIQUE_EMAIL, ACCOUNT_SIGNUP_FIELDS = "none", False, ["username*"]
    SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": "provider",
                    "name": OIDC_NAME,
                    "client_id": oidc_client["OIDC_CLIENT_ID"],
                    "secret": oidc_client["OIDC_CLIENT_SECRET"],
                    "settings": {"server_url": OIDC_URL, "uid_field": "sub"},
                }
            ],
        }
    }

#: A second factor for whoever signs in by a password: docs/security.md. Needs the extra "sso".
REQUIRE_SECOND_FACTOR = env_bool("REQUIRE_SECOND_FACTOR")
if REQUIRE_SECOND_FACTOR:
    if SINGLE_SIGN_ON:
        raise ImproperlyConfigured("REQUIRE_SECOND_FACTOR is for passwords; with OIDC_URL the provider asks for it.")
    if find_spec("allauth") is None:
        raise ImproperlyConfigured("REQUIRE_SECOND_FACTOR needs django-allauth: pip install -r requirements.txt")
    INSTALLED_APPS += ["allauth", "allauth.account", "allauth.mfa"]
    MIDDLEWARE.insert(-1, "allauth.account.middleware.AccountMiddleware")
    MIDDLEWARE.insert(-1, "registry.accounts.second_factor.SecondFactorRequired")
    LOGIN_URL = LOGOUT_REDIRECT_URL = "account_login"
    ACCOUNT_ADAPTER = "registry.accounts.allauth_adapter.AccountAdapter"
    ACCOUNT_LOGIN_METHODS, ACCOUNT_SIGNUP_FIELDS = {"username"}, ["username*", "password1*"]
    ACCOUNT_EMAIL_VERIFICATION, ACCOUNT_UNIQUE_EMAIL = "none", False
    ACCOUNT_SESSION_REMEMBER = False
    MFA_ADAPTER = "registry.accounts.second_factor.MFAAdapter"
    MFA_FORMS = {
        "activate_totp": "registry.accounts.second_factor_forms.ActivateForm",
        "add_webauthn": "registry.accounts.second_factor_forms.AddKeyForm",
        "edit_webauthn": "registry.accounts.second_factor_forms.EditKeyForm",
        "authenticate": "registry.accounts.second_factor_forms.AuthenticateForm",
        "authenticate_webauthn": "registry.accounts.second_factor_forms.AuthenticateKeyForm",
        "reauthenticate": "registry.accounts.second_factor_forms.ReauthenticateForm",
        "reauthenticate_webauthn": "registry.accounts.second_factor_forms.ReauthenticateKeyForm",
    }
    MFA_RECOVERY_CODES_SHOW_ONCE = True  # new ones can be made at any time
    MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
    MFA_TOTP_ISSUER = ALLOWED_HOSTS[0] if ALLOWED_HOSTS else "register"
    MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG

if not SINGLE_SIGN_ON:
    # After the second factor, which is set up first.
    MIDDLEWARE.insert(-1, "registry.accounts.passwords.PasswordChangeRequired")

LANGUAGE_CODE = "sv"
LANGUAGES = [("sv", _("Swedish")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "registry" / "locale"]
TIME_ZONE = "Europe/Stockholm"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

SECURE_CSP: dict[str, list[str]] = {
    "default-src": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "object-src": [CSP.NONE],
}
if REQUIRE_SECOND_FACTOR:
    SECURE_CSP["img-src"] = [CSP.SELF, "data:"]  # the picture that an app scans
PERMISSIONS_POLICY: dict[str, list[str]] = {
    feature: []
    for feature in (
        "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen", "geolocation",
        "gyroscope", "magnetometer", "microphone", "midi", "payment", "usb", "xr-spatial-tracking",
    )
}  # fmt: skip
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_AGE = env_number("SESSION_HOURS", 12) * 3600
SESSION_IDLE_SECONDS = env_number("SESSION_IDLE_MINUTES", 120) * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
if not DEBUG:
    # Only sent to this host, over TLS, and set by nobody else.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME, LANGUAGE_COOKIE_NAME = "__Host-session", "__Host-csrf", "__Host-language"
    LANGUAGE_COOKIE_SECURE = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env_bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_HSTS_SECONDS = env_number("SECURE_HSTS_SECONDS", 31_536_000, least=0)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    if env_bool("BEHIND_TLS_PROXY"):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

#: Where people open the register, for the links in mails: https://register.example.com
SITE_URL = os.environ.get("SITE_URL", "http://127.0.0.1:8000" if DEBUG else "").rstrip("/")
#: Whether links to set a password can be mailed. Without a server they would be lost, or in the log.
MAIL_IS_SENT = bool(os.environ.get("EMAIL_HOST", "").strip() and SITE_URL)
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "register@localhost")
if DEBUG and "EMAIL_HOST" not in os.environ:
    MAILERS: dict[str, Any] = {"default": {"BACKEND": "django.core.mail.backends.console.EmailBackend"}}
else:
    MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {
                "host": os.environ.get("EMAIL_HOST", "localhost"),
                "port": env_number("EMAIL_PORT", 587),
                "username": os.environ.get("EMAIL_HOST_USER", ""),
                "password": os.environ.get("EMAIL_HOST_PASSWORD", ""),
                "use_tls": env_bool("EMAIL_USE_TLS", default=True),
                "timeout": 10,
            },
        }
    }

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s",
            # Django's own lines bring the request along, whose address may hold what is nobody's business.
            "reserved_attrs": [*RESERVED_ATTRS, "request"],
            "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
        }
    },
    "handlers": {"json": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}},
}
if not DEBUG:
    LOGGING["root"] = {"handlers": ["json"], "level": "WARNING"}
    # What each request was is said once, in the line of the request.
    LOGGING["loggers"] = {
        "registry": {"level": "INFO"},
        "django": {"handlers": [], "propagate": True},
        "django.request": {"level": "ERROR"},
        "axes": {"level": "ERROR"},
    }

#: Requests for published editions that a client may make in a minute, counted by each process for itself.
PUBLISHED_REQUESTS_A_MINUTE = env_number("PUBLISHED_REQUESTS_A_MINUTE", 120)

#: Whether nothing is changed in the register without a reason.
REASON_REQUIRED = env_bool("REASON_REQUIRED")

DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 1
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
IMPORT_MAX_BYTES = 20 * 1024 * 1024
IMPORT_MAX_BYTES_BY_COMMAND = 100 * 1024 * 1024
IMPORT_MAX_ROWS = 200_000

IMPORT_EXPORT_IMPORT_PERMISSION_CODE = "import"
IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "export"
SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True
SIMPLE_HISTORY_REVERT_DISABLED = True
