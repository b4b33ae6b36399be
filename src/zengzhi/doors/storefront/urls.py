"""Addresses of the storefront."""

from django.urls import path

from zengzhi.doors.storefront.views import catalogue, orders, pages, points, regions, team, wallet

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
    path("pay/demo/<str:number>/confirm", orders.demo_confirm, name="demo_confirm"),
    path("orders/<str:number>/paid/", orders.paid, name="paid"),
    path("orders/<str:number>/close/", orders.close, name="close"),
    path("orders/<str:number>/receive/", orders.receive, name="receive"),
    path("points/", points.points, name="points"),
    path("points/sell/", points.sell, name="sell"),
    path("points/sold/<str:event_id>/", points.sold, name="sold"),
    path("wallet/", wallet.wallet, name="wallet"),
    path("wallet/withdraw/", wallet.withdraw, name="withdraw"),
    path("wallet/withdrawals/", wallet.withdrawals, name="withdrawals"),
    path("wallet/withdrawals/<str:number>/", wallet.withdrawal, name="withdrawal"),
    path("wallet/withdrawals/<str:number>/done/", wallet.withdrawal_done, name="withdrawal_done"),
    path("wallet/payees/", wallet.payees, name="payees"),
    path("wallet/payees/add/", wallet.payee_add, name="payee_add"),
    path("wallet/payees/<int:pk>/change/", wallet.payee_change, name="payee_change"),
    path("wallet/payees/<int:pk>/remove/", wallet.payee_remove, name="payee_remove"),
    path("wallet/tax/<int:year>/", wallet.tax, name="tax"),
    path("truth/", points.truth, name="truth"),
    path("rules/", pages.rules, name="rules"),
    path("me/", pages.me, name="me"),
    path("team/", team.team, name="team"),
    path("team/bonuses/", team.bonuses, name="team_bonuses"),
    path("team/members/", team.people, name="team_people"),
    path("team/poster.svg", team.poster_file, name="poster"),
    path("team/accept/", team.accept, name="accept"),
    path("i/<str:code>/", team.invitation, name="invitation"),
    path("region/", regions.region, name="region"),
]
