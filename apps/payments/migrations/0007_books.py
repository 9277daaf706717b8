"""What the books of payments need of their database: half-even rounding, and indexes on the ledger of this context."""

from pathlib import Path

from django.db import migrations

BOOKS = (Path(__file__).parent / "books.sql").read_text()
WITHOUT = """
DROP INDEX payments_transaction_time;
DROP INDEX payments_entry_account;
DROP FUNCTION payments_half_even(numeric, numeric, int);
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0006_asking_again"), ("ledger", "0002_rules")]

    operations = [migrations.RunSQL(BOOKS, WITHOUT)]
