"""Addresses of signing in: the library's pages that are ours too, and our own instead of others."""

from allauth.account import views
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as keys
from django.urls import path
from django.views.generic import RedirectView

from zengzhi.doors.shared.signin import pages, passkeys

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("signup/", views.signup, name="account_signup"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("recover/", pages.recover, name="account_reset_password"),
    path("link/<str:secret>/", pages.link, name="account_link"),
    path("security/", pages.security, name="account_security"),
    path("profile/", pages.profile, name="account_profile"),
    path("mobile/", pages.mobile, name="account_mobile"),
    path("2fa/", RedirectView.as_view(pattern_name="account_security"), name="mfa_index"),
    path("2fa/authenticate/", factors.authenticate, name="mfa_authenticate"),
    path("2fa/reauthenticate/", factors.reauthenticate, name="mfa_reauthenticate"),
    path("2fa/totp/activate/", app.activate_totp, name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", app.deactivate_totp, name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "2fa/recovery-codes/generate/",
        codes.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path("2fa/passkeys/", keys.list_webauthn, name="mfa_list_webauthn"),
    path("2fa/passkeys/add/", passkeys.add, name="mfa_add_webauthn"),
    path("2fa/passkeys/sign-in/", passkeys.sign_in, name="passkey_sign_in"),
    path("2fa/passkeys/confirm/", passkeys.confirm, name="mfa_reauthenticate_webauthn"),
    path("2fa/passkeys/<int:pk>/name/", keys.edit_webauthn, name="mfa_edit_webauthn"),
    path("2fa/passkeys/<int:pk>/remove/", keys.remove_webauthn, name="mfa_remove_webauthn"),
    path("demo-messages/", pages.demo_messages, name="demo_messages"),
]
