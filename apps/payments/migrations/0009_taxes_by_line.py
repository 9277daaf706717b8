"""Each line has its tax, and each credit note says whose tax it takes back: an upgrade may hold the taxes of two."""

from django.db import migrations, models

import apps.payments.models.fields

LAY_OPEN = """
DROP TRIGGER payments_invoice_kept ON payments_invoice;
ALTER TABLE payments_invoiceline DISABLE TRIGGER payments_line_kept;
ALTER TABLE payments_creditnote DISABLE TRIGGER payments_credit_note_kept;
"""
MOVE = """
UPDATE payments_invoiceline AS line
   SET tax_country = CASE WHEN invoice.tax_name = '' THEN '' ELSE invoice.country END,
       tax_name = invoice.tax_name, tax_percentage = invoice.tax_percentage
  FROM payments_invoice AS invoice
 WHERE invoice.id = line.invoice_id;
UPDATE payments_creditnote AS note
   SET taxes = jsonb_build_object(invoice.country, note.tax::text)
  FROM payments_invoice AS invoice
 WHERE invoice.id = note.invoice_id AND note.tax <> 0;
"""
CLOSE = """
ALTER TABLE payments_creditnote ENABLE TRIGGER payments_credit_note_kept;
ALTER TABLE payments_invoiceline ENABLE TRIGGER payments_line_kept;
CREATE TRIGGER payments_invoice_kept BEFORE UPDATE ON payments_invoice FOR EACH ROW
    WHEN (OLD.status <> 'draft' AND
          (OLD.number, OLD.currency, OLD.subtotal, OLD.tax, OLD.total, OLD.balance_applied, OLD.amount_due, OLD.period_start,
           OLD.period_end, OLD.country, OLD.customer_id, OLD.subscription_id, OLD.finalized_at)
          IS DISTINCT FROM
          (NEW.number, NEW.currency, NEW.subtotal, NEW.tax, NEW.total, NEW.balance_applied, NEW.amount_due, NEW.period_start,
           NEW.period_end, NEW.country, NEW.customer_id, NEW.subscription_id, NEW.finalized_at))
    EXECUTE FUNCTION payments_refuse_edit();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0008_plurals")]

    operations = [
        migrations.AddField(
            model_name="invoiceline",
            name="tax_country",
            field=apps.payments.models.fields.CountryField(
                blank=True, default="", help_text="Whom the tax is owed to.", max_length=2
            ),
        ),
        migrations.AddField(
            model_name="invoiceline",
            name="tax_name",
            field=models.CharField(blank=True, default="", max_length=32),
        ),
        migrations.AddField(
            model_name="invoiceline",
            name="tax_percentage",
            field=apps.payments.models.fields.PercentageField(decimal_places=4, default=0, max_digits=7),
        ),
        migrations.AddField(
            model_name="creditnote",
            name="taxes",
            field=models.JSONField(default=dict, help_text="The tax by the country that it is owed to."),
        ),
        migrations.RunSQL(LAY_OPEN),
        migrations.RunSQL(MOVE),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE"),
        migrations.RemoveField(model_name="invoice", name="tax_name"),
        migrations.RemoveField(model_name="invoice", name="tax_percentage"),
        migrations.RunSQL(CLOSE),
    ]
