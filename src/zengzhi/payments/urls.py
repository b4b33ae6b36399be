"""Addresses of the payment providers."""

from django.urls import path

from zengzhi.payments import views

app_name = "payments"
urlpatterns = [
    path("demo/callback", views.demo_callback, name="demo_callback"),
]
