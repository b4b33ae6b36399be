"""All addresses: the storefront at the root, the back office below /office/."""

from django.contrib import admin
from django.urls import include, path

from zengzhi.doors.backoffice import signin

urlpatterns = [
    path("office/login/", signin.login, name="office_login"),
    path("office/logout/", signin.logout, name="office_logout"),
    path("office/confirm/", signin.confirm, name="office_confirm"),
    path("office/", admin.site.urls),
    path("accounts/", include("zengzhi.doors.shared.signin.urls")),
    path("accounts/sessions/", include("allauth.usersessions.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("pay/", include("zengzhi.payments.urls")),
    path("", include("zengzhi.doors.storefront.urls")),
]

handler400 = "zengzhi.doors.shared.still.bad_request"
handler404 = "zengzhi.doors.storefront.views.pages.not_found"
handler500 = "zengzhi.doors.storefront.views.pages.failed"
