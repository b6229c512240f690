"""Django settings of the web application: those of the store, and what pages need besides.

Set from outside, by environment:

| variable | means | usual |
|---|---|---|
| `LONGWATCH_DATABASE` | the clinic's store | `sqlite:///longwatch.db` |
| `LONGWATCH_SECRET_KEY` | signs sessions and links; keep it secret | made anew at each start |
| `LONGWATCH_HOSTS` | names under which the clinic reaches the pages, with commas | this machine |
| `LONGWATCH_HTTPS` | `yes` when a proxy in front speaks TLS | no |
| `LONGWATCH_ZONE` | the clinic's time zone while the store has set none | that of this machine |
| `LONGWATCH_SESSION_MINUTES` | a session ends so long after the last page | 60 |
| `LONGWATCH_STAFF_SECOND_FACTOR` | `no`: staff may work with a password alone | yes |
| `LONGWATCH_MAIL` | the mail server, as for reminders: new passwords, invitations | none |
| `LONGWATCH_CDS_ORIGINS` | web origins whose browsers may call CDS Hooks, with commas | none |
| `LONGWATCH_DEMO` | `yes`: invented people, and one click to enter as each role | no |
"""

from __future__ import annotations

import os
from pathlib import Path

from django.core.management.utils import get_random_secret_key

from longwatch.store.settings import DATABASES as DATABASES
from longwatch.store.settings import DEFAULT_AUTO_FIELD as DEFAULT_AUTO_FIELD
from longwatch.store.settings import INSTALLED_APPS as STORE_APPS
from longwatch.store.settings import TIME_ZONE as TIME_ZONE
from longwatch.store.settings import USE_TZ as USE_TZ

_HERE = Path(__file__).parent
_HTTPS = os.environ.get("LONGWATCH_HTTPS") == "yes"

DEMO = os.environ.get("LONGWATCH_DEMO") == "yes"
CLINIC_ZONE = os.environ.get("LONGWATCH_ZONE") or None
SECRET_KEY = os.environ.get("LONGWATCH_SECRET_KEY") or get_random_secret_key()
ALLOWED_HOSTS = (os.environ.get("LONGWATCH_HOSTS") or "localhost,127.0.0.1,[::1]").split(",")
CDS_ORIGINS = [one for one in os.environ.get("LONGWATCH_CDS_ORIGINS", "").split(",") if one]
DEBUG = False
STAFF_NEED_SECOND_FACTOR = os.environ.get("LONGWATCH_STAFF_SECOND_FACTOR") != "no"

if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    # A server begins a process for each connection, which learns the tables anew: much of a page's
    # wait, were it made for every page or every minute.
    DATABASES["default"] |= {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}

INSTALLED_APPS = [
    *STORE_APPS,
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "longwatch.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "longwatch.web.headers.strict_headers",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "longwatch.web.clock.by_the_clinic",
    "longwatch.web.hooks.cors.for_configured_origins",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "longwatch.web.wishes.as_wished",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "longwatch.web.access.deny_by_default",
]
ROOT_URLCONF = "longwatch.web.urls"
WSGI_APPLICATION = "longwatch.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["longwatch.web.templatetags.parts"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "longwatch.web.context.everywhere",
            ],
        },
    }
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]

USE_I18N = True
LANGUAGE_CODE = "en-us"
LANGUAGES = [("en-us", "English"), ("es", "Español")]
LOCALE_PATHS = [_HERE / "locale"]

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_ADAPTER = "longwatch.web.accounts.Invited"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key", "join": "10/m/ip"}
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if _HTTPS else "http"
ACCOUNT_SESSION_REMEMBER = False
MFA_TOTP_ISSUER = "Longwatch"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _HTTPS
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

SESSION_COOKIE_AGE = int(os.environ.get("LONGWATCH_SESSION_MINUTES") or 60) * 60
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
# "no-referrer" would make browsers send forms with the origin "null", which the guard against
# forged forms refuses. Nobody else learns an address either way.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = False
SECURE_SSL_REDIRECT = _HTTPS
SECURE_REDIRECT_EXEMPT = ["^health$"]
SILENCED_SYSTEM_CHECKS = [
    # What other names of the clinic's domain serve is not ours to decide.
    "security.W005",
    "security.W021",
]
# Failed sign-ins are counted for all threads and processes together.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "web_cache",
    }
}
EMAIL_BACKEND = "longwatch.web.mail.ClinicMail"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    # Django's own lines hold addresses of pages; an address holds keys of people.
    "loggers": {"django.request": {"level": "CRITICAL"}, "django.security": {"level": "ERROR"}},
}
