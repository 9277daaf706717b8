CREATE FUNCTION payments_refuse_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM payments_subscriptiontransition WHERE before = OLD.status AND after = NEW.status) THEN
        RAISE EXCEPTION 'A subscription cannot go from % to %.', OLD.status, NEW.status USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_subscription_transitions BEFORE UPDATE OF status ON payments_subscription
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION payments_refuse_transition();

CREATE FUNCTION payments_refuse_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Rows of % are never edited or deleted; a correction is a new row.', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER payments_change_kept BEFORE UPDATE OR DELETE ON payments_subscriptionchange
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_edit();
CREATE TRIGGER payments_credit_note_kept BEFORE UPDATE OR DELETE ON payments_creditnote
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_edit();
CREATE TRIGGER payments_book_entry_kept BEFORE UPDATE OR DELETE ON payments_bookentry
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_edit();
CREATE TRIGGER payments_price_kept BEFORE UPDATE OF unit_amount, currency, interval, interval_count, tax_behavior, plan_id
    ON payments_price FOR EACH ROW
    WHEN ((OLD.unit_amount, OLD.currency, OLD.interval, OLD.interval_count, OLD.tax_behavior, OLD.plan_id)
          IS DISTINCT FROM (NEW.unit_amount, NEW.currency, NEW.interval, NEW.interval_count, NEW.tax_behavior, NEW.plan_id))
    EXECUTE FUNCTION payments_refuse_edit();
CREATE TRIGGER payments_invoice_stays BEFORE DELETE ON payments_invoice FOR EACH ROW
    WHEN (OLD.status <> 'draft') EXECUTE FUNCTION payments_refuse_edit();
CREATE TRIGGER payments_invoice_kept BEFORE UPDATE ON payments_invoice FOR EACH ROW
    WHEN (OLD.status <> 'draft' AND
          (OLD.number, OLD.currency, OLD.subtotal, OLD.tax, OLD.total, OLD.balance_applied, OLD.amount_due, OLD.period_start,
           OLD.period_end, OLD.country, OLD.tax_percentage, OLD.customer_id, OLD.subscription_id, OLD.finalized_at)
          IS DISTINCT FROM
          (NEW.number, NEW.currency, NEW.subtotal, NEW.tax, NEW.total, NEW.balance_applied, NEW.amount_due, NEW.period_start,
           NEW.period_end, NEW.country, NEW.tax_percentage, NEW.customer_id, NEW.subscription_id, NEW.finalized_at))
    EXECUTE FUNCTION payments_refuse_edit();

CREATE FUNCTION payments_refuse_final_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM payments_invoice WHERE id = OLD.invoice_id AND status <> 'draft') THEN
        RAISE EXCEPTION 'Lines of a finalised invoice are never edited or deleted; a credit note corrects it.'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER payments_line_kept BEFORE UPDATE OR DELETE ON payments_invoiceline
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_final_line();
