"""The callback address of the demo gateway."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from zengzhi.payments.demo_gateway import DemoGateway
from zengzhi.payments.service import TRY_AGAIN, receive


@csrf_exempt
@require_POST
def demo_callback(request: HttpRequest) -> HttpResponse:
    """A callback from outside; only where the demo gateway is switched on."""
    if not settings.DEMO:
        raise Http404
    signature = request.headers.get("X-Demo-Signature", "")
    try:
        row = receive(DemoGateway(), request.body, signature)
    except Exception:  # noted on its row and logged: the provider sends it again
        return JsonResponse({"error": "try_again"}, status=TRY_AGAIN)
    answer = {"ok": True} if row.answer == 200 else {"error": row.outcome}
    return JsonResponse(answer, status=row.answer)
