"""Write invoices and credit notes."""
