"""An invoice as the answer to a request."""

from django.http import HttpResponse

from apps.payments.models import Invoice
from apps.payments.printing.invoice import invoice_pdf

PDF_TYPE = "application/pdf"


def printed(invoice: Invoice) -> HttpResponse:
    """Return an invoice as a file to save, which nobody on the way keeps."""
    headers = {"Content-Disposition": f'attachment; filename="{invoice}.pdf"', "Cache-Control": "no-store"}
    return HttpResponse(invoice_pdf(invoice), content_type=PDF_TYPE, headers=headers)
