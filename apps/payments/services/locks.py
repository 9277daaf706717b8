"""The order in which payments locks rows: customer, subscription, invoice, payment, refund, number sequence, ledger.

Whatever writes rows of a customer locks the customer first. Two deeds for one customer then happen one after the other,
and what is read after the lock stays true until the end of the transaction.
"""

from uuid import UUID

from apps.payments.models import Customer


def lock_customer(customer_id: UUID) -> Customer:
    """Lock a customer until the transaction ends, and return them as they are now."""
    return Customer.objects.select_for_update().get(pk=customer_id)
