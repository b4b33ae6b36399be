"""Addresses of the storefront."""

from django.urls import path

from zengzhi.storefront.views import catalogue, orders, pages, points

app_name = "storefront"
urlpatterns = [
    path("", catalogue.home, name="home"),
    path("goods/", catalogue.shelf, name="shelf"),
    path("goods/<slug:slug>/", catalogue.shelf, name="category"),
    path("product/<slug:slug>/", catalogue.product, name="product"),
    path("pictures/<slug:name>.svg", catalogue.picture, name="picture"),
    path("checkout/<slug:slug>/", orders.checkout, name="checkout"),
    path("orders/", orders.orders, name="orders"),
    path("orders/<str:number>/", orders.order, name="order"),
    path("orders/<str:number>/pay/", orders.pay, name="pay"),
    path("orders/<str:number>/paid/", orders.paid, name="paid"),
    path("orders/<str:number>/close/", orders.close, name="close"),
    path("orders/<str:number>/receive/", orders.receive, name="receive"),
    path("points/", points.points, name="points"),
    path("points/sell/", points.sell, name="sell"),
    path("points/sold/<str:event_id>/", points.sold, name="sold"),
    path("wallet/", points.wallet, name="wallet"),
    path("truth/", points.truth, name="truth"),
    path("rules/", pages.rules, name="rules"),
    path("me/", pages.me, name="me"),
]
