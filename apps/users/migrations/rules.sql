-- What people agreed to stays what it was: a published document is neither changed nor deleted.
CREATE FUNCTION users_refuse_document_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A published document never changes; publish a new version.' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER users_document_is_final BEFORE UPDATE OR DELETE ON users_consent_document
    FOR EACH ROW EXECUTE FUNCTION users_refuse_document_change();

-- The first versions, so that a new installation has something in force.
INSERT INTO users_consent_document (kind, version, title, url) VALUES
    ('terms', '1', 'Terms of service', ''),
    ('privacy', '1', 'Privacy policy', ''),
    ('risk', '1', 'Risk disclosure', ''),
    ('marketing', '1', 'News by e-mail', '')
ON CONFLICT DO NOTHING;
