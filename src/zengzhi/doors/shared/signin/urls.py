"""Addresses of signing in: the library's pages that are ours too, and our own instead of others."""

from allauth.account import views
from django.urls import path

from zengzhi.doors.shared.signin import pages

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
    path("demo-messages/", pages.demo_messages, name="demo_messages"),
]
