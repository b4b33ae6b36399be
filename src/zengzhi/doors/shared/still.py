"""Answers that need no database, no template and no session: what is said when something is away.

Both languages stand on the page, since nobody can be asked for theirs. The server's gate and the
pages of errors use the same texts and headers.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static

from zengzhi.doors.shared.headers import content_security_policy

RETRY_S = 5
"""When a client may come again."""
TEXTS = {
    400: (
        "这个请求无法理解",
        "什么也没有改变。",
        "This request cannot be understood",
        "Nothing was changed.",
    ),
    405: ("这里不支持这种请求", "什么也没有改变。", "Not this way", "Nothing was changed."),
    408: (
        "请求来得太慢",
        "什么也没有改变，请重新发送。",
        "The request came too slowly",
        "Nothing was changed. Please send it again.",
    ),
    413: (
        "发送的内容太大",
        "什么也没有改变，请减小后再发送。",
        "What was sent is too large",
        "Nothing was changed. Please send less.",
    ),
    429: (
        "请求太多",
        "什么也没有改变，请稍候再试。",
        "Too many requests at once",
        "Nothing was changed. Please wait a moment.",
    ),
    500: (
        "出了问题",
        "已经确认过的都保留着。如果刚提交了什么，请先查看订单、积分和钱包，再决定是否重试。",
        "Something broke",
        "What was confirmed before is kept. If you had just sent something, look at your orders, "
        "points and wallet before you try again.",
    ),
    503: (
        "商城暂时无法应答",
        "已经确认过的都保留着。如果刚提交了什么，稍后请先查看订单、积分和钱包，再决定是否重试。",
        "The mall cannot answer for the moment",
        "What was confirmed before is kept. If you had just sent something, come back in a moment "
        "and look at your orders, points and wallet before you try again.",
    ),
}
_PAGE = """<!doctype html>
<html lang="zh-Hans"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="robots" content="noindex"><title>{zh} · {en}</title>
{sheets}</head>
<body class="plain"><main id="main" class="page"><section class="card state narrow">
<h1 data-test="still">{zh}</h1><p>{zh_text}</p>
<div lang="en"><p><strong>{en}</strong></p><p>{en_text}</p></div>
</section></main></body></html>
"""
SHEETS = ("storefront/css/tokens", "storefront/css/base", "storefront/css/components")


def page(status: int) -> tuple[dict[str, str], bytes]:
    """The headers and the bytes of the answer with a status of :data:`TEXTS`."""
    zh, zh_text, en, en_text = TEXTS[status]
    sheets = "\n".join(f'<link rel="stylesheet" href="{static(name + ".css")}">' for name in SHEETS)
    body = _PAGE.format(zh=zh, zh_text=zh_text, en=en, en_text=en_text, sheets=sheets).encode()
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        "Content-Security-Policy": content_security_policy(settings.SESSION_COOKIE_SECURE),
        "X-Content-Type-Options": "nosniff",
    }
    if status in {429, 503}:
        headers["Retry-After"] = str(RETRY_S)
    return headers, body


def answer(status: int) -> HttpResponse:
    """The same as an answer of Django's."""
    headers, body = page(status)
    return HttpResponse(body, status=status, headers=headers)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What cannot be understood: a host, a form or a session that is not one."""
    return answer(400)
