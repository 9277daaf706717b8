"""What the gate knows about a request that it lets through, kept on the request."""

import time
from contextlib import ExitStack
from dataclasses import dataclass, field

from django.http import HttpRequest

from apps.kernel.gateway.principal import Principal
from apps.kernel.resilience.buckets import Verdict

_ATTRIBUTE = "treum_passage"


@dataclass(slots=True)
class Passage:
    """How far a request came: what it paid, who sent it, whether it was let in, and the transaction around its view."""

    verdict: Verdict | None = None
    charged: bool = False
    principal: Principal | None = None
    admitted: bool = False
    began: float = field(default_factory=time.monotonic)
    even_pace: bool = False
    is_private: bool = False
    database: str | None = None
    transaction: ExitStack = field(default_factory=ExitStack)


def begin(request: HttpRequest) -> Passage:
    """Note that a request stands before the gate."""
    passage = Passage()
    setattr(request, _ATTRIBUTE, passage)
    return passage


def passage_of(request: HttpRequest) -> Passage:
    """Return what the gate knows about a request; nothing about one that never came to it."""
    passage: Passage = getattr(request, _ATTRIBUTE, None) or Passage()
    return passage
