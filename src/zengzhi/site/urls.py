"""All addresses: the storefront at the root, the back office below /office/."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("office/", admin.site.urls),
    path("accounts/", include("allauth.account.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("pay/", include("zengzhi.payments.urls")),
    path("", include("zengzhi.doors.storefront.urls")),
]

handler404 = "zengzhi.doors.storefront.views.pages.not_found"
handler500 = "zengzhi.doors.storefront.views.pages.failed"
