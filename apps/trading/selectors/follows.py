"""Follows as their owners see them."""

from django.db.models import QuerySet

from apps.trading.models import FollowTerms


def newest_terms() -> QuerySet[FollowTerms]:
    """Return the newest terms of each follow, also of one that has ended."""
    return FollowTerms.objects.order_by("follow_id", "-from_version").distinct("follow_id")
