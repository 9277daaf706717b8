"""Features that people's plans bring: how a context refuses what a plan does not."""

from apps.kernel.errors import Forbidden


class NotInPlan(Forbidden):
    """{what} needs the feature {feature}, which your plan does not bring; see GET /api/v1/plans."""
