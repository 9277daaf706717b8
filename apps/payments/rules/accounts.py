"""The accounts of the books, by kind, and who owns them. Debit is above zero, so what we owe is below."""

from uuid import UUID

HOUSE = "house"

RECEIVABLE = "receivable"
"""What customers owe us; owned by the customer."""
CUSTOMER_BALANCE = "customer_balance"
"""What we owe customers and take off their next invoice; owned by the customer."""
CLEARING = "provider_clearing"
"""What the provider has collected and not yet transferred; owned by the provider."""
BANK = "bank"
DEFERRED = "deferred_revenue"
"""What was billed and is not earned yet."""
REVENUE = "revenue"
TAX = "tax_payable"
"""What we owe a country; owned by the country."""
FEES = "fees"
REFUNDS = "refunds"
"""What has gone back to payers, without the tax; it lowers the revenue."""
BAD_DEBT = "bad_debt"
CHARGEBACKS = "chargebacks"
"""What payers' banks have taken back of payments."""


def customer_owner(customer_id: UUID) -> str:
    """Return the owner of a customer's accounts."""
    return f"customer:{customer_id}"
