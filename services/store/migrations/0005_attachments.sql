-- Files that employers hand in with what they ask for (services/store/attachments.py).
-- The registration session of the transaction, while there is no employer yet.
CREATE FUNCTION current_registration_id() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('subsidy.registration_id', true), '')::bigint;

-- Files that employers hand in with what they ask for. The bytes lie outside, under storage_key (services/store/attachments.py).
CREATE TABLE attachment (
    id bigint GENERATED ALWAYS AS IDENTITY,
    employer_id bigint DEFAULT current_employer_id(),
    registration_id bigint DEFAULT current_registration_id(),   -- of who has no employer yet
    purpose text NOT NULL,                  -- a key of libsubsidy.SLOTS
    slot text NOT NULL,                     -- one of that purpose's
    file_name text NOT NULL,                -- as people know it; never a path
    state text NOT NULL DEFAULT 'uploading',
        -- uploading -> stored     whole, its digest compared with what lies there
        -- uploading, stored -> deleted    given up, or never handed in for a day; then the bytes go, then the row
        -- stored -> bound         handed in
        -- bound -> replaced       another was handed in instead; what was seen is kept
    storage_key text NOT NULL,              -- random: whoever sees one guesses no other
    size_bytes bigint,
    sha256 bytea,
    media_type text,                        -- by its contents
    pages integer,
    subject_kind text,                      -- application, registration, transfer …
    subject_id bigint,
    uploaded_by text NOT NULL DEFAULT current_actor(),
    begun_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT attachment_pk PRIMARY KEY (id),
    CONSTRAINT attachment_of_employer FOREIGN KEY (employer_id) REFERENCES employer,
    CONSTRAINT attachment_storage_key_once UNIQUE (storage_key),
    CONSTRAINT attachment_has_one_owner CHECK (num_nonnulls(employer_id, registration_id) = 1),
    CONSTRAINT attachment_file_name_length CHECK (length(file_name) BETWEEN 1 AND 200),
    CONSTRAINT attachment_state_known CHECK (state IN ('uploading', 'stored', 'bound', 'replaced', 'deleted')),
    -- I32: what is handed in is stored, whole.
    CONSTRAINT attachment_stored_is_whole CHECK (
        num_nonnulls(size_bytes, sha256, media_type, pages) = CASE WHEN sha256 IS NULL THEN 0 ELSE 4 END
        AND (state IN ('uploading', 'deleted') OR (sha256 IS NOT NULL AND length(sha256) = 32 AND size_bytes > 0 AND pages > 0))),
    CONSTRAINT attachment_bound_to_something CHECK (
        (state IN ('bound', 'replaced')) = (subject_kind IS NOT NULL) AND (subject_kind IS NULL) = (subject_id IS NULL))
);
CREATE INDEX attachment_by_subject ON attachment (subject_kind, subject_id) WHERE subject_kind IS NOT NULL;
CREATE INDEX attachment_unbound ON attachment (begun_at) WHERE subject_kind IS NULL;
CREATE INDEX attachment_waiting ON attachment (employer_id, registration_id) WHERE state IN ('uploading', 'stored');
CREATE TRIGGER attachment_moves BEFORE UPDATE OF state ON attachment FOR EACH ROW
    WHEN (OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('uploading', 'stored'), ('uploading', 'deleted'), ('stored', 'deleted'), ('stored', 'bound'), ('bound', 'replaced')))
    EXECUTE FUNCTION refused();
-- What was stored is what is looked at, and what was bound stays bound to that.
CREATE TRIGGER attachment_frozen BEFORE UPDATE ON attachment FOR EACH ROW
    WHEN ((OLD.employer_id, OLD.registration_id, OLD.purpose, OLD.slot, OLD.file_name, OLD.storage_key, OLD.uploaded_by)
            IS DISTINCT FROM
            (NEW.employer_id, NEW.registration_id, NEW.purpose, NEW.slot, NEW.file_name, NEW.storage_key, NEW.uploaded_by)
        OR (OLD.state <> 'uploading' AND (OLD.size_bytes, OLD.sha256, OLD.media_type, OLD.pages)
            IS DISTINCT FROM (NEW.size_bytes, NEW.sha256, NEW.media_type, NEW.pages))
        OR (OLD.subject_kind IS NOT NULL AND (OLD.subject_kind, OLD.subject_id)
            IS DISTINCT FROM (NEW.subject_kind, NEW.subject_id)))
    EXECUTE FUNCTION refused();

GRANT SELECT, INSERT, UPDATE ON attachment TO subsidy_employer, subsidy_auth;
GRANT SELECT ON attachment TO subsidy_bureau;
GRANT SELECT, UPDATE, DELETE ON attachment TO subsidy_worker;

ALTER TABLE attachment ENABLE ROW LEVEL SECURITY;
ALTER TABLE attachment FORCE ROW LEVEL SECURITY;
CREATE POLICY attachment_employer ON attachment TO subsidy_employer
    USING (employer_id = current_employer_id()) WITH CHECK (employer_id = current_employer_id());
CREATE POLICY attachment_registration ON attachment TO subsidy_auth
    USING (registration_id = current_registration_id()) WITH CHECK (registration_id = current_registration_id());
-- What was handed in, and not what waits in a draft for the employer's own second person.
CREATE POLICY attachment_bureau ON attachment FOR SELECT TO subsidy_bureau USING (
    subject_kind IS NOT NULL
    AND (subject_kind <> 'application'
         OR EXISTS (SELECT FROM application a WHERE a.id = attachment.subject_id AND a.state <> 'draft')));
-- Forgetting: never what was handed in.
CREATE POLICY attachment_worker ON attachment TO subsidy_worker USING (subject_kind IS NULL) WITH CHECK (subject_kind IS NULL);
