"""Settings. Everything an installation may change comes from the environment (ZENGZHI_*)."""

import os
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from zengzhi.core.moments import MALL_ZONE
from zengzhi.site.database import database_from_url
from zengzhi.site.static import collected
from zengzhi.site.unfold import UNFOLD as UNFOLD

PACKAGE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("ZENGZHI_VAR", "var")).resolve()

DEBUG = os.environ.get("ZENGZHI_DEBUG", "") == "1"
DEMO = os.environ.get("ZENGZHI_DEMO", "") == "1"
"""The demo payment gateway, settlement at once, and the demo accounts on the sign-in page."""
SECRET_KEY = os.environ.get("ZENGZHI_SECRET_KEY", "")
if not SECRET_KEY:
    if not (DEBUG or DEMO):
        raise RuntimeError("ZENGZHI_SECRET_KEY is not set: a long random text is needed")
    SECRET_KEY = "demo-only-key-never-used-with-real-money-0123456789abcdef"  # noqa: S105
DIGEST_KEY_FILE = Path(os.environ.get("ZENGZHI_DIGEST_KEY") or VAR_DIR / "keys" / "digest.key")
SEAL_KEY_FILE = Path(os.environ.get("ZENGZHI_SEAL_KEY") or VAR_DIR / "keys" / "seal.key")
DATA_KEY_FILE = Path(os.environ.get("ZENGZHI_DATA_KEY") or VAR_DIR / "keys" / "data.key")
"""The keys outside the database (:mod:`zengzhi.records.store.keys`, ``encrypted``)."""
_channels = os.environ.get("ZENGZHI_PAYOUT_CHANNELS", "demo,bank" if DEMO else "bank")
PAYOUT_CHANNELS = tuple(name for name in _channels.split(",") if name)
"""How withdrawals can be paid: ``bank`` (bank files), and in the demo ``demo``."""
if not set(PAYOUT_CHANNELS) <= ({"demo", "bank"} if DEMO else {"bank"}):
    raise RuntimeError(
        "ZENGZHI_PAYOUT_CHANNELS: 'bank', and with ZENGZHI_DEMO=1 also 'demo', separated by commas"
    )
ALLOWED_HOSTS = os.environ.get("ZENGZHI_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",")
OFFICE_HOST = os.environ.get("ZENGZHI_OFFICE_HOST", "").lower()
"""The host of the back office; "": it is under /office/ of every host."""
if OFFICE_HOST:
    ALLOWED_HOSTS.append(OFFICE_HOST)
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("ZENGZHI_ORIGINS", "").split(",") if o]

INSTALLED_APPS = [
    "zengzhi.records.control",
    "zengzhi.records.members",
    "zengzhi.records.ledger",
    "zengzhi.records.settlement",
    "zengzhi.records.wallet",
    "zengzhi.records.bonuses",
    "zengzhi.records.intake",
    "zengzhi.payments",
    "zengzhi.mall",
    "zengzhi.doors.shared",
    "zengzhi.doors.storefront",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "zengzhi.doors.backoffice",
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "zengzhi.verify",
]

MIDDLEWARE = [
    "zengzhi.doors.shared.headers.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "zengzhi.doors.shared.requests.OriginMiddleware",
    "zengzhi.doors.shared.plain_text.PlainTextMiddleware",
    "zengzhi.doors.backoffice.host.OfficeHostMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "zengzhi.doors.shared.requests.LimitMiddleware",
    "zengzhi.doors.shared.signin.required.SecondFactorMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "zengzhi.doors.backoffice.presence.PresenceMiddleware",
    "zengzhi.doors.storefront.invitations.InvitationMiddleware",
]

ROOT_URLCONF = "zengzhi.site.urls"
WSGI_APPLICATION = "zengzhi.site.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "zengzhi.doors.storefront.context.shell",
            ],
        },
    },
]

DATABASES = {
    "default": database_from_url(
        os.environ.get("ZENGZHI_DATABASE", f"sqlite:///{VAR_DIR / 'zengzhi.sqlite3'}")
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "members.User"
AUTHENTICATION_BACKENDS = ["zengzhi.doors.shared.signin.backend.LimitedBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTH_PASSWORD_VALIDATORS.append(
    {"NAME": "zengzhi.records.control.approvals.cooling.CoolingAfterChange"}
)
STAFF_COOLING_HOURS = int(os.environ.get("ZENGZHI_STAFF_COOLING_HOURS", "24"))
"""Hours after a new password or new rights in which staff neither ask nor approve (1 to 168)."""
APPROVAL_DAYS = int(os.environ.get("ZENGZHI_APPROVAL_DAYS", "7"))
"""Days for which what was asked for can be approved (4 to 30)."""
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "storefront:home"
ACCOUNT_LOGOUT_REDIRECT_URL = "storefront:home"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SIGNUP_FORM_CLASS = "zengzhi.doors.storefront.invitations.InviteForm"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = False
"""One limiter for every door instead, in the database (:mod:`zengzhi.records.control.limiter`)."""
ACCOUNT_ADAPTER = "zengzhi.doors.shared.signin.adapter.Adapter"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
"""Seconds for which a sign-in is fresh enough for what decides over money or rights."""
ACCOUNT_FORMS = {"change_password": "zengzhi.doors.shared.signin.pages.ChangePasswordForm"}
MFA_ADAPTER = "zengzhi.doors.shared.signin.second_factor.MFAAdapter"
MFA_FORMS = {
    "authenticate": "zengzhi.doors.shared.signin.second_factor.CodeForm",
    "reauthenticate": "zengzhi.doors.shared.signin.second_factor.AgainForm",
    "authenticate_webauthn": "zengzhi.doors.shared.signin.passkeys.SecondFactorForm",
    "reauthenticate_webauthn": "zengzhi.doors.shared.signin.passkeys.AgainForm",
    "add_webauthn": "zengzhi.doors.shared.signin.passkeys.AddForm",
    "edit_webauthn": "zengzhi.doors.shared.signin.passkeys.NameForm",
    "activate_totp": "zengzhi.doors.shared.signin.second_factor.SetUpForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_WEBAUTHN_USER_VERIFICATION = "required"
"""A passkey asks for a finger, a face or a PIN: it is what one has and what one is or knows."""
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
STAFF_NEEDS_SECOND_FACTOR = not DEMO
"""Staff without a second factor get no further than the page where it is set up."""

MAIL_HOST = os.environ.get("ZENGZHI_MAIL_HOST", "")
"""The server that takes mail; without one no mail is sent and none is promised."""
EMAIL_HOST = MAIL_HOST or "localhost"
EMAIL_PORT = int(os.environ.get("ZENGZHI_MAIL_PORT", "587"))
EMAIL_HOST_USER = os.environ.get("ZENGZHI_MAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("ZENGZHI_MAIL_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("ZENGZHI_MAIL_TLS", "1") == "1"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("ZENGZHI_MAIL_FROM", "zengzhi@localhost")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "zengzhi.site.logs.JsonFormatter"}},
    "handlers": {"lines": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {
        "handlers": ["lines"],
        "level": os.environ.get("ZENGZHI_LOG_LEVEL", "WARNING" if DEMO or DEBUG else "INFO"),
    },
}
"""One JSON object a line on the error output, with the number of the request; the demo's only when
something is wrong."""

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [PACKAGE_DIR / "site" / "locale", PACKAGE_DIR / "site" / "theme_locale"]
TIME_ZONE = MALL_ZONE
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "zengzhi.site.static.Storage"},
}
WHITENOISE_USE_FINDERS = not collected(STATIC_ROOT)
"""Static files are served from where they are installed until they were collected."""
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

SECURE = not (DEBUG or DEMO)
"""Whether the mall is reached over TLS alone."""
SESSION_ENGINE = "zengzhi.records.store.encrypted"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE
_prefix = "__Host-" if SECURE else ""
SESSION_COOKIE_NAME = f"{_prefix}sessionid"
CSRF_COOKIE_NAME = f"{_prefix}csrftoken"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = int(os.environ.get("ZENGZHI_HSTS_SECONDS", "31536000")) if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "zengzhi.doors.storefront.views.pages.csrf_failed"

REFUND_WINDOW_DAYS = 0 if DEMO else int(os.environ.get("ZENGZHI_REFUND_WINDOW_DAYS", "7"))
"""Days after receipt before an order settles (spec 1.6); 0 in the demo."""
UNPAID_MINUTES = int(os.environ.get("ZENGZHI_UNPAID_MINUTES", "30"))
"""Minutes after which an order that nobody paid is closed and its goods are for sale again."""
REFUND_ALERT, REFUND_CAP = 3, 5
"""Refunds of settled orders by one member in 30 days: from the first number on the dashboard says
so, above the second each needs a second person."""
REFUND_BOUND_FEN = int(os.environ.get("ZENGZHI_REFUND_BOUND_FEN", "50000"))
"""A refund above this needs a second person, whoever asks."""
PRICE_BOUND_PPM = int(os.environ.get("ZENGZHI_PRICE_BOUND_PPM", "200000"))
"""A price further than this from the last one that two people wanted needs two again."""
CLOCK_JUMP_HOURS = 36
"""A clock that goes further than this without time passing stops the settler."""
AUTO_RECEIPT_DAYS = int(os.environ.get("ZENGZHI_AUTO_RECEIPT_DAYS", "10"))
"""Days after shipping before an order counts as received."""
POINT_LOCK_DAYS = int(os.environ.get("ZENGZHI_POINT_LOCK_DAYS", "0"))
"""Days after settlement before a lot's points can be sold (spec 1.6)."""
DAILY_SALE_LIMIT_PPM = 100_000
"""A member sells per day at most this share of the outstanding points (spec 1.5.1)."""
DAILY_SALE_EXEMPT_UNITS = 10_000 * 10**8
"""Pools with fewer points than this are exempt from the daily limit."""

INVITE_MODE = os.environ.get("ZENGZHI_INVITE_MODE", "first_touch")
"""``first_touch``: the first invitation opened counts, also for members without a sponsor who have
not paid an order; ``registration``: only the code in the registration form (spec 2.2)."""
INVITE_DAYS = 30
"""Days for which a visitor's first invitation is remembered."""
RANK_DEMOTE_AFTER_DAYS: int | None = None
"""Days with a rank's conditions unmet after which it is lost; ``None``: never (spec 2.4)."""
