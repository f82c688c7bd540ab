-- 单位信息: what an employer tells about itself when it registers (libsubsidy/employer_card.py). The employer's own role has no
-- right on these columns, because rows of all employers are open to it by name and code (F69); services/store/employers.py
-- shows it the own card.
ALTER TABLE employer
    ADD COLUMN kind text NOT NULL DEFAULT '',
    ADD COLUMN address text NOT NULL DEFAULT '',
    ADD COLUMN legal_representative text NOT NULL DEFAULT '',
    ADD COLUMN contact_name text NOT NULL DEFAULT '',
    ADD COLUMN contact_mobile text NOT NULL DEFAULT '',
    ADD COLUMN refund_account_name text NOT NULL DEFAULT '',
    ADD COLUMN refund_account_number text NOT NULL DEFAULT '',
    ADD COLUMN refund_bank_name text NOT NULL DEFAULT '',
    ADD COLUMN supervising_authority text NOT NULL DEFAULT '',
    ADD CONSTRAINT employer_kind_known CHECK (kind IN (
        '', 'government', 'institution', 'state_enterprise', 'enterprise', 'association', 'other')),
    ADD CONSTRAINT employer_contact_mobile_form CHECK (contact_mobile ~ '^(1[3-9][0-9]{9})?$'),
    ADD CONSTRAINT employer_refund_account_form CHECK (refund_account_number ~ '^([0-9]{12,32})?$'),
    ADD CONSTRAINT employer_card_lengths CHECK (
        length(address) <= 200 AND length(legal_representative) <= 100 AND length(contact_name) <= 100
        AND length(refund_account_name) <= 200 AND length(refund_bank_name) <= 200 AND length(supervising_authority) <= 200);

-- 注册新单位 (F1-F7): what somebody who has proven a telephone by SMS asks (services/store/registrations.py).
CREATE TABLE registration (
    id bigint GENERATED ALWAYS AS IDENTITY,
    mobile text NOT NULL,                   -- proven by SMS: who asks
    employer_id bigint,                     -- what an approval made of it
    state text NOT NULL DEFAULT 'phone_verified',
        -- as libsubsidy.REGISTRATION_LIFE
    version integer NOT NULL DEFAULT 1,     -- a change must name the version it saw (STALE_VERSION)
    card jsonb NOT NULL DEFAULT '{}',       -- 单位信息 as typed; once submitted, as it was read
    name text NOT NULL DEFAULT '',          -- of the card that was submitted last
    org_code text NOT NULL DEFAULT '',      -- of the card that was submitted last
    remark text NOT NULL DEFAULT '',        -- why it was returned or rejected
    started_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    submitted_at timestamptz,
    decided_at timestamptz,
    CONSTRAINT registration_pk PRIMARY KEY (id),
    CONSTRAINT registration_became_employer FOREIGN KEY (employer_id) REFERENCES employer,
    CONSTRAINT registration_mobile_form CHECK (mobile ~ '^1[3-9][0-9]{9}$'),
    CONSTRAINT registration_state_known CHECK (
        state IN ('phone_verified', 'draft', 'submitted', 'returned', 'rejected', 'approved')),
    CONSTRAINT registration_submitted_when CHECK (state IN ('phone_verified', 'draft') OR submitted_at IS NOT NULL),
    CONSTRAINT registration_submitted_for_whom CHECK (submitted_at IS NULL OR (name <> '' AND org_code <> '')),
    CONSTRAINT registration_approved_has_employer CHECK ((state = 'approved') = (employer_id IS NOT NULL))
);
-- One organisation is not registered twice at once; what was returned does not keep others from registering it.
CREATE UNIQUE INDEX registration_one_at_a_time ON registration (org_code) WHERE state = 'submitted';
CREATE INDEX registration_by_mobile ON registration (mobile, id);
CREATE INDEX registration_by_org_code ON registration (org_code, id) WHERE submitted_at IS NOT NULL;
CREATE INDEX registration_by_submission ON registration (submitted_at, id) WHERE submitted_at IS NOT NULL;
CREATE INDEX registration_never_submitted ON registration (changed_at) WHERE submitted_at IS NULL;
-- I21: the moves of libsubsidy, and a test compares the two.
CREATE TRIGGER registration_moves BEFORE UPDATE OF state ON registration FOR EACH ROW
    WHEN (OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('phone_verified', 'draft'), ('draft', 'submitted'), ('submitted', 'approved'), ('submitted', 'returned'),
        ('submitted', 'rejected'), ('returned', 'draft')))
    EXECUTE FUNCTION refused();
CREATE TRIGGER registration_frozen BEFORE UPDATE OF mobile, card, name, org_code ON registration
    FOR EACH ROW WHEN (OLD.state IN ('submitted', 'rejected', 'approved')
        AND (OLD.mobile, OLD.card, OLD.name, OLD.org_code) IS DISTINCT FROM (NEW.mobile, NEW.card, NEW.name, NEW.org_code))
    EXECUTE FUNCTION refused();

-- Sessions of who registers; the cookie's token is kept as its sha256 only.
CREATE TABLE registration_session (
    token_hash bytea NOT NULL,
    registration_id bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),
    ends_at timestamptz NOT NULL,
    CONSTRAINT registration_session_pk PRIMARY KEY (token_hash),
    CONSTRAINT registration_session_of_registration FOREIGN KEY (registration_id) REFERENCES registration ON DELETE CASCADE
);
CREATE INDEX registration_session_by_registration ON registration_session (registration_id, created_at);
CREATE INDEX registration_session_by_end ON registration_session (ends_at);

GRANT SELECT, INSERT, DELETE ON registration TO subsidy_auth;
GRANT UPDATE (state, version, card, name, org_code, changed_at, submitted_at) ON registration TO subsidy_auth;
GRANT SELECT ON registration TO subsidy_bureau, subsidy_employer;
GRANT UPDATE (state, version, remark, decided_at, employer_id) ON registration TO subsidy_bureau;
GRANT SELECT, INSERT, DELETE ON registration_session TO subsidy_auth;
GRANT UPDATE (seen_at, registration_id) ON registration_session TO subsidy_auth;

ALTER TABLE registration ENABLE ROW LEVEL SECURITY;
ALTER TABLE registration FORCE ROW LEVEL SECURITY;
CREATE POLICY registration_auth_read ON registration FOR SELECT TO subsidy_auth USING (true);
CREATE POLICY registration_auth_add ON registration FOR INSERT TO subsidy_auth WITH CHECK (state = 'phone_verified');
-- Approving, returning and rejecting are the bureau's, which sees nothing that was not submitted.
CREATE POLICY registration_auth_change ON registration FOR UPDATE TO subsidy_auth
    USING (state IN ('phone_verified', 'draft', 'returned')) WITH CHECK (state IN ('draft', 'submitted'));
CREATE POLICY registration_auth_forget ON registration FOR DELETE TO subsidy_auth USING (submitted_at IS NULL);
CREATE POLICY registration_bureau_read ON registration FOR SELECT TO subsidy_bureau
    USING (state NOT IN ('phone_verified', 'draft'));
CREATE POLICY registration_employer ON registration FOR SELECT TO subsidy_employer USING (employer_id = current_employer_id());
CREATE POLICY registration_bureau_decide ON registration FOR UPDATE TO subsidy_bureau
    USING (state = 'submitted') WITH CHECK (state IN ('approved', 'returned', 'rejected'));
