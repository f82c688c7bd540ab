-- Getting in: an employer's several users, the first password (design §12, D-1), codes and messages by SMS.
ALTER TABLE employer ADD COLUMN checker_needed boolean NOT NULL DEFAULT false;

ALTER TABLE portal_user
    ADD COLUMN mobile text NOT NULL DEFAULT '',
    ADD COLUMN password_kind text NOT NULL DEFAULT 'own',
    ADD COLUMN password_ends_at timestamptz,
    ADD COLUMN activation_hash bytea,
    DROP CONSTRAINT portal_user_role_known,
    DROP CONSTRAINT portal_user_has_its_tenant;
ALTER TABLE portal_user
    ADD CONSTRAINT portal_user_role_known CHECK (
        role IN ('employer', 'employer_clerk', 'employer_checker', 'reviewer', 'finance_maker', 'finance_checker', 'auditor',
                 'employee')),
    ADD CONSTRAINT portal_user_has_its_tenant CHECK (
        (role IN ('employer', 'employer_clerk', 'employer_checker')) = (employer_id IS NOT NULL)
        AND (role = 'employee') = (person_id IS NOT NULL)),
    ADD CONSTRAINT portal_user_mobile_form CHECK (mobile ~ '^(1[3-9][0-9]{9})?$'),
    ADD CONSTRAINT portal_user_password_kind_known CHECK (password_kind IN ('own', 'initial', 'one_time')),
    ADD CONSTRAINT portal_user_password_ends CHECK ((password_kind = 'own') = (password_ends_at IS NULL)),
    ADD CONSTRAINT portal_user_initial_of_employer CHECK (password_kind <> 'initial' OR role = 'employer'),
    ADD CONSTRAINT portal_user_activates_initial CHECK (activation_hash IS NULL OR password_kind = 'initial');

-- 复核: what a clerk submits waits as a draft for a colleague who did not prepare it.
ALTER TABLE remittance_order
    ADD COLUMN prepared_by text NOT NULL DEFAULT '',
    ADD COLUMN prepared_at timestamptz;
ALTER TABLE application ADD COLUMN prepared_by text NOT NULL DEFAULT current_actor();
DROP TRIGGER application_moves ON application;
CREATE TRIGGER application_moves BEFORE UPDATE OF state ON application FOR EACH ROW
    WHEN (OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('draft', 'submitted'), ('draft', 'retracted'),
        ('submitted', 'in_review'), ('submitted', 'retracted'), ('submitted', 'approved'),
        ('submitted', 'returned'), ('submitted', 'rejected'), ('in_review', 'approved'), ('in_review', 'returned'),
        ('in_review', 'rejected'), ('returned', 'draft'), ('retracted', 'draft')))
    EXECUTE FUNCTION refused();

GRANT UPDATE (mobile, password_kind, password_ends_at, activation_hash) ON portal_user TO subsidy_auth;
-- 经办人管理: of its own users, and none of them ever becomes somebody of the bureau.
GRANT UPDATE (role, name) ON portal_user TO subsidy_employer;
CREATE POLICY portal_user_employer_change ON portal_user FOR UPDATE TO subsidy_employer
    USING (employer_id = current_employer_id())
    WITH CHECK (employer_id = current_employer_id() AND role IN ('employer', 'employer_clerk', 'employer_checker'));
GRANT SELECT (checker_needed), UPDATE (checker_needed) ON employer TO subsidy_employer;
CREATE POLICY employer_own_change ON employer FOR UPDATE TO subsidy_employer
    USING (id = current_employer_id()) WITH CHECK (id = current_employer_id());

-- Codes sent by SMS, kept for as long as the limits count them. Whoever reads a salted hash of six digits can find the
-- digits; what protects a code is that it is short-lived and used once.
CREATE TABLE sms_code (
    id bigint GENERATED ALWAYS AS IDENTITY,
    mobile text NOT NULL,
    purpose text NOT NULL,
    place text NOT NULL,                    -- the address, or network, it was asked for from
    salt bytea NOT NULL,
    code_hash bytea NOT NULL,
    issued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ends_at timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    used_at timestamptz,
    CONSTRAINT sms_code_pk PRIMARY KEY (id),
    CONSTRAINT sms_code_mobile_form CHECK (mobile ~ '^1[3-9][0-9]{9}$'),
    CONSTRAINT sms_code_purpose_known CHECK (
        purpose IN ('registration', 'registration_status', 'activation', 'password_reset'))
);
CREATE INDEX sms_code_by_mobile ON sms_code (mobile, purpose, issued_at);
CREATE INDEX sms_code_by_place ON sms_code (place, issued_at);
CREATE INDEX sms_code_by_age ON sms_code (issued_at);
GRANT SELECT, INSERT, DELETE ON sms_code TO subsidy_auth;
GRANT UPDATE (tries, used_at) ON sms_code TO subsidy_auth;

-- Messages on their way out; sent by a task of the portal after the commit of what they tell.
CREATE TABLE sms_message (
    id bigint GENERATED ALWAYS AS IDENTITY,
    mobile text NOT NULL,
    text text NOT NULL,                     -- emptied when it is sent, unless the development box shows it
    state text NOT NULL DEFAULT 'queued',
        -- queued -> sent | failed (refused for good, tried too often, or out of time)
    queued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ends_at timestamptz NOT NULL,           -- after that it helps nobody any more, and is not sent
    tries integer NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    done_at timestamptz,
    CONSTRAINT sms_message_pk PRIMARY KEY (id),
    CONSTRAINT sms_message_mobile_form CHECK (mobile ~ '^1[3-9][0-9]{9}$'),
    CONSTRAINT sms_message_text_length CHECK (length(text) <= 500),
    CONSTRAINT sms_message_state_known CHECK (state IN ('queued', 'sent', 'failed')),
    CONSTRAINT sms_message_done_when CHECK ((state = 'queued') = (done_at IS NULL))
);
CREATE INDEX sms_message_queued ON sms_message (next_try_at) WHERE state = 'queued';
CREATE INDEX sms_message_by_age ON sms_message (queued_at);
GRANT SELECT, INSERT, DELETE ON sms_message TO subsidy_auth;
GRANT UPDATE (text, state, tries, next_try_at, done_at) ON sms_message TO subsidy_auth;
CREATE FUNCTION sms_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('sms', '');
    RETURN NULL;
END
$$;
-- 操作记录: what an employer reads of its own trail, newest first.
CREATE INDEX audit_event_by_employer ON audit_event (employer_id, id) WHERE employer_id IS NOT NULL;
CREATE TRIGGER sms_message_wakes_sender AFTER INSERT ON sms_message FOR EACH STATEMENT EXECUTE FUNCTION sms_notify();
