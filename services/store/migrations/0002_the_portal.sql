-- The portal: people, machines, applications, uploads, simulations, assignments, and the trail as news.

-- News for whoever watches: the portal follows the trail by (txid, id), which is the order in which it became visible as
-- long as only transactions older than every open one are read.
ALTER TABLE audit_event ADD COLUMN txid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX audit_event_by_transaction ON audit_event (txid, id);
CREATE FUNCTION audit_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NOTIFY audit;
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_event_wakes_watchers AFTER INSERT ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION audit_notify();

-- The day of the bank line that paid: the employer's timeline tells it, and an employer reads no bank lines.
ALTER TABLE settlement ADD COLUMN paid_on date;
ALTER TABLE settlement NO FORCE ROW LEVEL SECURITY;  -- Else the owner finds no row to fill.
UPDATE settlement s SET paid_on = (
    SELECT max(b.booked) FROM allocation a JOIN bank_line b ON b.id = a.line_id WHERE a.notice_id = s.notice_id);
ALTER TABLE settlement FORCE ROW LEVEL SECURITY;

-- The portal -----------------------------------------------------------------------------------------------------------
-- Who logs in. An employer's people are found by the employer's codes, too (D-1); an employee by the ID number.
CREATE TABLE portal_user (
    id bigint GENERATED ALWAYS AS IDENTITY,
    login text NOT NULL,                    -- as it is typed, without blanks and hyphens, in capitals
    role text NOT NULL,                     -- services/portal/roles.py says what each may do
    employer_id bigint,                     -- of an employer's user
    person_id bigint,                       -- of an employee
    name text NOT NULL,
    password_hash text NOT NULL,            -- argon2id, in its own notation
    state text NOT NULL DEFAULT 'active',   -- active <-> disabled
    created_at timestamptz NOT NULL DEFAULT now(),
    password_set_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT portal_user_pk PRIMARY KEY (id),
    CONSTRAINT portal_user_login_once UNIQUE (login),
    CONSTRAINT portal_user_of_employer FOREIGN KEY (employer_id) REFERENCES employer,
    CONSTRAINT portal_user_of_person FOREIGN KEY (person_id) REFERENCES person,
    CONSTRAINT portal_user_login_form CHECK (login ~ '^[0-9A-Z._@]{3,64}$'),
    CONSTRAINT portal_user_name_length CHECK (length(name) BETWEEN 1 AND 100),
    CONSTRAINT portal_user_role_known CHECK (
        role IN ('employer', 'reviewer', 'finance_maker', 'finance_checker', 'auditor', 'employee')),
    CONSTRAINT portal_user_has_its_tenant CHECK (
        (role = 'employer') = (employer_id IS NOT NULL) AND (role = 'employee') = (person_id IS NOT NULL)),
    CONSTRAINT portal_user_state_known CHECK (state IN ('active', 'disabled'))
);
CREATE INDEX portal_user_by_employer ON portal_user (employer_id) WHERE employer_id IS NOT NULL;
CREATE UNIQUE INDEX portal_user_person_once ON portal_user (person_id) WHERE person_id IS NOT NULL;

-- Sessions of people. The cookie's token is kept as its sha256 only: whoever reads the table can log in as nobody.
CREATE TABLE portal_session (
    token_hash bytea NOT NULL,
    user_id bigint NOT NULL,
    origin text NOT NULL DEFAULT current_origin(),
    created_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),      -- written at most once a minute
    ends_at timestamptz NOT NULL,           -- the absolute limit; the idle limit counts from seen_at
    CONSTRAINT portal_session_pk PRIMARY KEY (token_hash),
    CONSTRAINT portal_session_of_user FOREIGN KEY (user_id) REFERENCES portal_user
);
CREATE INDEX portal_session_by_user ON portal_session (user_id);

-- Tokens of machines: they act as a user, within their scopes, until they expire.
CREATE TABLE api_token (
    id bigint GENERATED ALWAYS AS IDENTITY,
    token_hash bytea NOT NULL,
    user_id bigint NOT NULL,
    name text NOT NULL,                     -- what it is for
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    CONSTRAINT api_token_pk PRIMARY KEY (id),
    CONSTRAINT api_token_once UNIQUE (token_hash),
    CONSTRAINT api_token_of_user FOREIGN KEY (user_id) REFERENCES portal_user,
    CONSTRAINT api_token_name_length CHECK (length(name) BETWEEN 1 AND 100),
    CONSTRAINT api_token_has_scopes CHECK (cardinality(scopes) BETWEEN 1 AND 50),
    CONSTRAINT api_token_expires CHECK (expires_at > created_at)
);
CREATE INDEX api_token_by_user ON api_token (user_id);

-- Wrong passwords, counted by login and by address over all portal processes; old rows are deleted.
CREATE TABLE login_failure (
    id bigint GENERATED ALWAYS AS IDENTITY,
    what text NOT NULL,                     -- login/… or address/…
    failed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT login_failure_pk PRIMARY KEY (id)
);
CREATE INDEX login_failure_by_what ON login_failure (what, failed_at);

-- From where a login has succeeded lately: failures from elsewhere do not keep it out there; old rows are deleted.
CREATE TABLE login_place (
    what text NOT NULL,                     -- login-from/…, as in login_failure
    succeeded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT login_place_pk PRIMARY KEY (what)
);
CREATE INDEX login_place_by_age ON login_place (succeeded_at);

-- The answer to a request that named an Idempotency-Key, written in the transaction of what it did.
CREATE TABLE saved_answer (
    actor text NOT NULL DEFAULT current_actor(),
    key text NOT NULL,
    request_hash bytea NOT NULL,            -- of method, path and body: the same key for another request is refused
    status integer NOT NULL,
    location text NOT NULL DEFAULT '',
    body bytea NOT NULL,
    answered_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT saved_answer_once PRIMARY KEY (actor, key),
    CONSTRAINT saved_answer_key_length CHECK (length(key) BETWEEN 1 AND 255)
);
CREATE INDEX saved_answer_by_age ON saved_answer (answered_at);

-- What an employer asks the bureau for beside orders, which are applications of their own; contents and their meaning
-- belong to the kind.
CREATE TABLE application (
    id bigint GENERATED ALWAYS AS IDENTITY,
    employer_id bigint NOT NULL,
    kind text NOT NULL,                     -- employee_opening (职工开户)
    state text NOT NULL DEFAULT 'submitted',
        -- as libsubsidy.APPLICATION_LIFE
    version integer NOT NULL DEFAULT 1,     -- a change must name the version it saw (STALE_VERSION)
    contents jsonb NOT NULL,
    line_count integer NOT NULL,            -- how many people or things it is about
    total_fen bigint NOT NULL,              -- what they come to; 0 for a kind without money
    remark text NOT NULL DEFAULT '',        -- why it was returned or rejected
    submitted_at timestamptz NOT NULL DEFAULT now(),
    decided_at timestamptz,
    CONSTRAINT application_pk PRIMARY KEY (id),
    CONSTRAINT application_of_employer FOREIGN KEY (employer_id) REFERENCES employer,
    CONSTRAINT application_kind_known CHECK (kind IN ('employee_opening')),
    CONSTRAINT application_state_known CHECK (
        state IN ('draft', 'submitted', 'in_review', 'returned', 'retracted', 'rejected', 'approved')),
    CONSTRAINT application_not_empty CHECK (line_count > 0)
);
CREATE INDEX application_by_employer ON application (employer_id, submitted_at, id);
CREATE INDEX application_by_submission ON application (submitted_at, id);
CREATE INDEX application_work ON application (submitted_at, id) WHERE state IN ('submitted', 'in_review');
-- I21: the moves of libsubsidy, and a test compares the two.
CREATE TRIGGER application_moves BEFORE UPDATE OF state ON application FOR EACH ROW
    WHEN (OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('draft', 'submitted'), ('submitted', 'in_review'), ('submitted', 'retracted'), ('submitted', 'approved'),
        ('submitted', 'returned'), ('submitted', 'rejected'), ('in_review', 'approved'), ('in_review', 'returned'),
        ('in_review', 'rejected'), ('returned', 'draft'), ('retracted', 'draft')))
    EXECUTE FUNCTION refused();
CREATE TRIGGER application_frozen BEFORE UPDATE OF employer_id, kind, contents, line_count, total_fen ON application
    FOR EACH ROW WHEN (OLD.state <> 'draft'
        AND (OLD.employer_id, OLD.kind, OLD.contents, OLD.line_count, OLD.total_fen)
        IS DISTINCT FROM (NEW.employer_id, NEW.kind, NEW.contents, NEW.line_count, NEW.total_fen))
    EXECUTE FUNCTION refused();

-- The reviewers' work list goes by the time of submission, over orders and applications alike.
CREATE INDEX remittance_order_by_submission ON remittance_order (submitted_at, id) WHERE submitted_at IS NOT NULL;
CREATE INDEX remittance_order_work ON remittance_order (submitted_at, id) WHERE state = 'submitted';

-- A file on its way from a browser: its pieces are committed one by one, so that a slow client holds no transaction.
CREATE TABLE upload (
    id bigint GENERATED ALWAYS AS IDENTITY,
    owner text NOT NULL DEFAULT current_actor(),
    started_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT upload_pk PRIMARY KEY (id)
);
CREATE TABLE upload_chunk (
    upload_id bigint NOT NULL,
    seq integer NOT NULL,
    bytes bytea NOT NULL,
    CONSTRAINT upload_chunk_pk PRIMARY KEY (upload_id, seq),
    CONSTRAINT upload_chunk_of_upload FOREIGN KEY (upload_id) REFERENCES upload ON DELETE CASCADE,
    CONSTRAINT upload_chunk_size CHECK (length(bytes) <= 1048576)
);
ALTER TABLE upload_chunk ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- A request to decide a file without writing anything of it: the portal asks, the reconciler answers, both forget after a day.
CREATE TABLE simulation (
    id bigint GENERATED ALWAYS AS IDENTITY,
    upload_id bigint,                       -- the bytes; NULL once it is answered
    source text NOT NULL,
    filename text NOT NULL,
    asked_by text NOT NULL DEFAULT current_actor(),
    asked_at timestamptz NOT NULL DEFAULT now(),
    state text NOT NULL DEFAULT 'waiting',
        -- waiting -> done      every line decided
        -- waiting -> refused   the file cannot be read; the reason stands in findings
    tries integer NOT NULL DEFAULT 0,
    taken_until timestamptz,                -- a worker has it until then
    findings jsonb NOT NULL DEFAULT '[]',
    summary jsonb,                          -- lines and sums by outcome and reason
    answered_at timestamptz,
    CONSTRAINT simulation_pk PRIMARY KEY (id),
    CONSTRAINT simulation_of_upload FOREIGN KEY (upload_id) REFERENCES upload,
    CONSTRAINT simulation_state_known CHECK (state IN ('waiting', 'done', 'refused')),
    CONSTRAINT simulation_answered_when CHECK ((state = 'waiting') = (answered_at IS NULL)),
    CONSTRAINT simulation_has_bytes CHECK (state <> 'waiting' OR upload_id IS NOT NULL)
);
CREATE INDEX simulation_work ON simulation (id) WHERE state = 'waiting';
CREATE TABLE simulation_line (
    simulation_id bigint NOT NULL,
    ordinal integer NOT NULL,
    booked date NOT NULL,
    direction text NOT NULL,
    amount_fen bigint NOT NULL,
    currency text NOT NULL,
    memo text NOT NULL,
    payer_name text NOT NULL,
    payer_account text NOT NULL,
    disposition text NOT NULL,              -- as of a bank line, or "known": the account has the line already
    decision jsonb NOT NULL,                -- of a known line the one that was made then
    known_from bigint,                      -- the statement that brought a known line
    CONSTRAINT simulation_line_pk PRIMARY KEY (simulation_id, ordinal),
    CONSTRAINT simulation_line_of_simulation FOREIGN KEY (simulation_id) REFERENCES simulation ON DELETE CASCADE
);

-- A maker finds the notice that an open case's line was meant for, another person confirms it (posting.assign).
CREATE TABLE case_assignment (
    id bigint GENERATED ALWAYS AS IDENTITY,
    case_id bigint NOT NULL,
    notice_id bigint NOT NULL,
    note text NOT NULL,
    asked_by text NOT NULL DEFAULT current_actor(),
    asked_at timestamptz NOT NULL DEFAULT now(),
    state text NOT NULL DEFAULT 'asked',    -- asked -> confirmed | declined
    decided_by text,
    decided_at timestamptz,
    decision_note text NOT NULL DEFAULT '',
    CONSTRAINT case_assignment_pk PRIMARY KEY (id),
    CONSTRAINT case_assignment_of_case FOREIGN KEY (case_id) REFERENCES line_case,
    CONSTRAINT case_assignment_to_notice FOREIGN KEY (notice_id) REFERENCES payment_notice,
    CONSTRAINT case_assignment_state_known CHECK (state IN ('asked', 'confirmed', 'declined')),
    CONSTRAINT case_assignment_decided_when CHECK (
        (state = 'asked') = (decided_by IS NULL) AND (state = 'asked') = (decided_at IS NULL)),
    CONSTRAINT case_assignment_two_people CHECK (state <> 'confirmed' OR decided_by <> asked_by)
);
CREATE UNIQUE INDEX case_assignment_one_at_a_time ON case_assignment (case_id) WHERE state = 'asked';
CREATE INDEX case_assignment_by_case ON case_assignment (case_id, id);
CREATE INDEX case_assignment_work ON case_assignment (id) WHERE state = 'asked';
-- A person who looks for the notice that money was meant for looks by its amount.
CREATE INDEX payment_notice_awaiting ON payment_notice (amount_fen) WHERE state = 'awaiting';

-- The portal's own tables ---------------------------------------------------------------------------------------------
GRANT SELECT, INSERT ON portal_user TO subsidy_auth;
GRANT UPDATE (password_hash, password_set_at, state) ON portal_user TO subsidy_auth;
GRANT SELECT (id, role, name, employer_id) ON portal_user TO subsidy_employer, subsidy_bureau;
-- Where a notice is paid to; never what lies there.
GRANT SELECT (id, number, name, bank_name, currency) ON bank_account TO subsidy_employer;
GRANT SELECT, INSERT, UPDATE, DELETE ON portal_session TO subsidy_auth;
GRANT SELECT, INSERT ON api_token TO subsidy_auth;
GRANT UPDATE (revoked_at) ON api_token TO subsidy_auth;
GRANT SELECT, INSERT, DELETE ON login_failure TO subsidy_auth;
GRANT SELECT, INSERT, UPDATE, DELETE ON login_place TO subsidy_auth;
GRANT SELECT (id, id_number) ON person TO subsidy_auth;
GRANT SELECT, INSERT ON saved_answer TO subsidy_employer, subsidy_bureau, subsidy_person;
-- What nobody will ask for again is deleted unread.
GRANT SELECT (actor, key, answered_at), DELETE ON saved_answer TO subsidy_auth;
GRANT SELECT, INSERT, UPDATE ON application TO subsidy_employer;
GRANT SELECT, UPDATE ON application TO subsidy_bureau;
GRANT SELECT, INSERT, UPDATE, DELETE ON upload, upload_chunk TO subsidy_bureau;
GRANT SELECT, UPDATE, DELETE ON upload TO subsidy_worker;
GRANT SELECT ON upload_chunk TO subsidy_worker;
GRANT SELECT, INSERT ON simulation TO subsidy_bureau;
GRANT SELECT, UPDATE, DELETE ON simulation TO subsidy_worker;
GRANT SELECT ON simulation_line TO subsidy_bureau;
GRANT SELECT, INSERT, DELETE ON simulation_line TO subsidy_worker;
GRANT SELECT, INSERT, UPDATE ON case_assignment TO subsidy_bureau;

ALTER TABLE portal_user ENABLE ROW LEVEL SECURITY;
ALTER TABLE portal_user FORCE ROW LEVEL SECURITY;
CREATE POLICY portal_user_auth ON portal_user TO subsidy_auth USING (true) WITH CHECK (true);
CREATE POLICY portal_user_employer ON portal_user FOR SELECT TO subsidy_employer USING (employer_id = current_employer_id());
CREATE POLICY portal_user_bureau ON portal_user FOR SELECT TO subsidy_bureau USING (true);
CREATE POLICY person_auth ON person FOR SELECT TO subsidy_auth USING (true);

ALTER TABLE saved_answer ENABLE ROW LEVEL SECURITY;
ALTER TABLE saved_answer FORCE ROW LEVEL SECURITY;
CREATE POLICY saved_answer_own ON saved_answer TO subsidy_employer, subsidy_bureau, subsidy_person
    USING (actor = current_actor()) WITH CHECK (actor = current_actor());
CREATE POLICY saved_answer_purge ON saved_answer TO subsidy_auth USING (true) WITH CHECK (false);

ALTER TABLE application ENABLE ROW LEVEL SECURITY;
ALTER TABLE application FORCE ROW LEVEL SECURITY;
CREATE POLICY application_employer_read ON application FOR SELECT TO subsidy_employer
    USING (employer_id = current_employer_id());
CREATE POLICY application_employer_add ON application FOR INSERT TO subsidy_employer
    WITH CHECK (employer_id = current_employer_id() AND state IN ('draft', 'submitted'));
-- Taking, approving, returning and rejecting are the bureau's.
CREATE POLICY application_employer_change ON application FOR UPDATE TO subsidy_employer
    USING (employer_id = current_employer_id() AND state IN ('draft', 'submitted', 'returned', 'retracted'))
    WITH CHECK (employer_id = current_employer_id() AND state IN ('draft', 'submitted', 'retracted'));
CREATE POLICY application_bureau ON application TO subsidy_bureau USING (true) WITH CHECK (true);
