"""Answers that are the same for everyone who may see them, kept between requests."""

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from apps.kernel.caching.kept import kept

LONGEST_ADDRESS = 300


class KeptAnswers:
    """Mix in before the mixins of a viewset whose lists and details are the same for everyone, or for many.

    `kept_as` names the group that the context's handlers forget when something in it changes, `kept_of` the database
    it is read from. Refusals are not kept, and neither are answers to addresses that nobody would write.
    """

    kept_as: ClassVar[str]
    kept_of: ClassVar[str]

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page."""
        return self._kept(request, lambda: super(KeptAnswers, self).list(request, *args, **kwargs))  # type: ignore[misc] # the mixin stands before a generic view

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one."""
        return self._kept(request, lambda: super(KeptAnswers, self).retrieve(request, *args, **kwargs))  # type: ignore[misc] # the mixin stands before a generic view

    def seen_by(self) -> str:
        """Name those who get the same answer; override where not everyone does."""
        return ""

    def _kept(self, request: Request, answer: Any) -> Response:
        address = request.build_absolute_uri()
        if len(address) > LONGEST_ADDRESS:
            fresh: Response = answer()
            return fresh
        return Response(kept(self.kept_as, self.seen_by() + address, lambda: answer().data, using=self.kept_of))
