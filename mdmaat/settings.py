"""Every setting, read from the environment once. A missing or odd variable stops with an instruction."""

import re
from pathlib import Path

import dj_database_url
import dj_email_url
from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError

from mdmaat import logs

ROOT = Path(__file__).resolve().parent.parent
env = Env()


def secret(name: str, default: str | None = None) -> str:
    """A variable, or the content of the file that NAME_FILE names (how containers hand over secrets)."""
    file = env.str(f"{name}_FILE", "")
    if file:
        return Path(file).read_text(encoding="utf-8").strip()
    return env.str(name) if default is None else env.str(name, default)


try:
    DEBUG = env.bool("DEBUG", False)
    DEMO = env.bool("MDMAAT_DEMO", DEBUG)
    SECRET_KEY = secret("SECRET_KEY", "only-for-development-" + "x" * 50 if DEBUG else None)
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"] if DEBUG else None)
    CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", [])
    DATABASE_URL = secret("DATABASE_URL")
    REDIS_URL = secret("REDIS_URL")
    EMAIL_URL = secret("EMAIL_URL", "console:" if DEBUG else None)
    DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", "appointments@localhost" if DEBUG else None)
    IDLE_LOCK_MINUTES = env.int("IDLE_LOCK_MINUTES", 10)
    DOSING_LOCK_MINUTES = env.int("DOSING_LOCK_MINUTES", 30)
    # A restored copy gets another epoch, so that it sends none of the reminders of the original.
    ENVIRONMENT_EPOCH = env.str("ENVIRONMENT_EPOCH", "1")
    LOG_LEVEL = env.log_level("LOG_LEVEL", "INFO")
    # The largest file of an imported record, in megabytes. It is read within the request.
    IMPORT_LIMIT_MB = env.int("IMPORT_LIMIT_MB", 10)
    MONITORING_TOKEN = secret("MONITORING_TOKEN", "")
    # How many proxies of our own add to X-Forwarded-For. Without it all log-ins seem to come from the proxy, and a
    # stranger's wrong passwords close the door to everybody.
    ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", 0)
except (EnvError, OSError) as problem:
    raise ImproperlyConfigured(
        f"{problem}. Set it in the environment (README, Production), or run ./dev up for a demonstration on this machine."
    ) from problem
if DEMO and not DEBUG:
    raise ImproperlyConfigured("MDMAAT_DEMO is set while DEBUG is off: the demonstration never runs in production.")
if not re.match(r"postgres(ql)?://", DATABASE_URL):
    raise ImproperlyConfigured("DATABASE_URL must begin with postgres://: mdmaat keeps its records in PostgreSQL only.")
if ALLOWED_HOSTS is None or SECRET_KEY is None or DEFAULT_FROM_EMAIL is None or EMAIL_URL is None:
    raise ImproperlyConfigured("Set SECRET_KEY, ALLOWED_HOSTS, EMAIL_URL and MAIL_FROM (README, Production).")

INSTALLED_APPS = [
    "accounts",
    "patients",
    "screening",
    "sessions",
    "integration",
    "reminders",
    "reports",
    "mdmaat.development",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "pgtrigger",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "csp",
    "django_structlog",
]

MIDDLEWARE = [
    "mdmaat.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "accounts.middleware.AccessMiddleware",
]

ROOT_URLCONF = "mdmaat.urls"
WSGI_APPLICATION = "mdmaat.wsgi.application"
ASGI_APPLICATION = "mdmaat.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.frame",
            ],
            "libraries": {"lucide": "accounts.templatetags.icons"},
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {
    "default": {
        **dj_database_url.parse(DATABASE_URL),
        "ATOMIC_REQUESTS": True,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Redis may vanish in the middle of a dosing day: log-ins and locks live in PostgreSQL.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_cache",
        # It keeps counts of wrong guesses alone. Of the usual 300 a third is thrown away when there are more, and whoever
        # guesses from many addresses, or at many names, would have their own counts forgotten.
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.ClosedAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.forms.LoginForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
    "change_password": "accounts.forms.ChangePasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_SESSION_REMEMBER = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_PASSKEY_LOGIN_ENABLED = False
MFA_TOTP_ISSUER = "mdmaat"
MFA_REQUIRED = not DEMO

SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
if not DEBUG:
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^health/$"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
# "no-referrer" would make browsers send "Origin: null" with every form, which the CSRF check refuses.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}

LANGUAGE_CODE = "en-gb"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# A request with a file: the file and the fields around it.
UPLOAD_REQUEST_LIMIT = IMPORT_LIMIT_MB * 1_000_000 + 100_000
# In memory only: somebody's whole record never lies on a disk.
FILE_UPLOAD_MAX_MEMORY_SIZE = UPLOAD_REQUEST_LIMIT
FILE_UPLOAD_HANDLERS = [
    "mdmaat.uploads.LimitedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
]

STATIC_URL = "/static/"
STATIC_ROOT = ROOT / ".run" / "static"
STATICFILES_DIRS = [ROOT / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

_mail = dj_email_url.parse(EMAIL_URL)
EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_HOST = _mail["EMAIL_HOST"]
EMAIL_PORT = _mail["EMAIL_PORT"]
EMAIL_HOST_USER = _mail["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = _mail["EMAIL_USE_TLS"]
EMAIL_USE_SSL = _mail["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 20

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# A task of a killed worker comes back after the visibility timeout; the default throttle would make it minutes later.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 900, "unacked_restore_throttle": 1, "socket_timeout": 5}
CELERY_TASK_ROUTES = {
    "reports.tasks.draw": {"queue": "pdf"},
    "sessions.tasks.plan_together": {"queue": "planning"},
}
CELERY_TIMEZONE = "UTC"
# Beat only ticks, in UTC: what is due is decided in the database. A tick nobody took is worthless a minute later.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    "reminders": {"task": "reminders.tasks.tick", "schedule": 60, "options": {"expires": 55}},
    "calendar": {"task": "sessions.tasks.tick", "schedule": 60, "options": {"expires": 55}},
    "screening": {"task": "screening.tasks.tick", "schedule": 60, "options": {"expires": 55}},
    "reminders-nightly": {
        "task": "reminders.tasks.nightly",
        "schedule": crontab(hour="3", minute="17"),
        "options": {"expires": 3600},
    },
    "log-ins that are over": {
        "task": "mdmaat.tasks.clear_sessions",
        "schedule": crontab(hour="3", minute="41"),
        "options": {"expires": 3600},
    },
    "reports": {"task": "reports.tasks.pick_up", "schedule": 60, "options": {"expires": 55}},
    **{
        f"heartbeat of {queue}": {
            "task": "mdmaat.tasks.heartbeat",
            "schedule": 60,
            "args": [queue],
            "options": {"queue": queue, "expires": 60},
        }
        for queue in ("celery", "pdf")
    },
}

LOGGING = logs.configuration(LOG_LEVEL, readable=DEBUG)
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_USER_ID_FIELD = "public_id"
