"""A few routes and their rules, for tests of the gate itself."""

from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views import View
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.kernel.gateway import origin
from apps.kernel.gateway.policy import Policy, RateClass, Rule, Who
from apps.kernel.gateway.scopes import Scope


class EchoView(APIView):
    """Says who called, from where, and what was sent."""

    def get(self, request: Request) -> Response:
        return Response({"user": str(request.user.pk), "address": origin.current().address})

    def post(self, request: Request) -> Response:
        return Response({"sent": request.data})


class GroupView(View):
    """Makes a row and answers with the status that is asked for, or breaks."""

    def post(self, request: HttpRequest, status: int) -> HttpResponse:
        Group.objects.create(name="made behind the gate")
        if status == 0:
            raise RuntimeError("broken on purpose")
        return HttpResponse(status=status)


group_view = GroupView.as_view()
group_view.csrf_exempt = True  # type: ignore[attr-defined] # as Django's decorator does

urlpatterns = [
    path("api/echo", EchoView.as_view(), name="echo"),
    path("api/fresh", EchoView.as_view(), name="fresh"),
    path("api/staff", EchoView.as_view(), name="staff"),
    path("api/people", EchoView.as_view(), name="people"),
    path("api/closed", EchoView.as_view(), name="closed"),
    path("api/forgotten", EchoView.as_view(), name="forgotten"),
    path("api/live", EchoView.as_view(), name="live"),
    path("api/group/<int:status>", group_view, name="group"),
]

_READ = RateClass.READ
POLICY: Policy = {
    "echo": {
        "GET": Rule(who=Who.USER, rate=_READ, scope=Scope.ACCOUNT_READ),
        "POST": Rule(who=Who.USER, rate=RateClass.WRITE, scope=Scope.ACCOUNT_READ),
    },
    "fresh": {"GET": Rule(who=Who.USER, rate=_READ, step_up=True)},
    "staff": {"GET": Rule(who=Who.STAFF, rate=_READ)},
    "people": {"GET": Rule(who=Who.USER, rate=_READ)},
    "closed": {"GET": Rule(who=Who.NOBODY, rate=_READ)},
    "live": {"GET": Rule(who=Who.PUBLIC, rate=RateClass.HEALTH)},
    "group": {"POST": Rule(who=Who.GUARDED, rate=RateClass.AUTH, database="default", atomic=True)},
}

handler404 = "apps.kernel.api.errors.not_found"
handler500 = "apps.kernel.api.errors.server_error"
