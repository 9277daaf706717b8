"""The gate in front of every address: its rules and who knows the callers."""

TREUM_GATEWAY_POLICY = "treum_project.policy.POLICY"
