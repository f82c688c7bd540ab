-- 批量封存/启封 and 员工转入/转出.
-- Months of earlier seals: who is unsealed stays sealed for them.
ALTER TABLE employment ADD COLUMN sealed_months datemultirange NOT NULL DEFAULT '{}';

-- 批量封存/启封: what was asked for in one go, and each of its rows; history, so only ever added. What holds now stands in employment.
CREATE TABLE seal_batch (
    id bigint GENERATED ALWAYS AS IDENTITY,
    employer_id bigint NOT NULL,
    sealed_count integer NOT NULL,
    unsealed_count integer NOT NULL,
    made_by text NOT NULL DEFAULT current_actor(),
    made_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT seal_batch_pk PRIMARY KEY (id),
    CONSTRAINT seal_batch_of_employer FOREIGN KEY (employer_id) REFERENCES employer,
    CONSTRAINT seal_batch_not_empty CHECK (sealed_count >= 0 AND unsealed_count >= 0 AND sealed_count + unsealed_count > 0)
);
CREATE INDEX seal_batch_by_employer ON seal_batch (employer_id, id);
CREATE TRIGGER seal_batch_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON seal_batch
    FOR EACH STATEMENT EXECUTE FUNCTION only_ever_added();

CREATE TABLE seal_row (
    batch_id bigint NOT NULL,
    employer_id bigint NOT NULL,
    row_number integer NOT NULL,            -- as it stood in the list of changes, from 1
    employment_id bigint NOT NULL,
    person_id bigint NOT NULL,
    to_state text NOT NULL,                 -- sealed, active; from the other one
    effective_month date NOT NULL,          -- from when it counts
    reason text NOT NULL,
    CONSTRAINT seal_row_pk PRIMARY KEY (batch_id, row_number),
    CONSTRAINT seal_row_person_once UNIQUE (batch_id, person_id),
    CONSTRAINT seal_row_of_batch FOREIGN KEY (batch_id) REFERENCES seal_batch,
    CONSTRAINT seal_row_of_employment FOREIGN KEY (employment_id) REFERENCES employment,
    CONSTRAINT seal_row_of_person FOREIGN KEY (person_id) REFERENCES person,
    CONSTRAINT seal_row_state_known CHECK (to_state IN ('sealed', 'active')),
    CONSTRAINT seal_row_month_is_first_day CHECK (extract(day FROM effective_month) = 1),
    CONSTRAINT seal_row_reason_length CHECK (length(reason) <= 500)
);
CREATE TRIGGER seal_row_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON seal_row
    FOR EACH STATEMENT EXECUTE FUNCTION only_ever_added();

-- 员工转出: one or many people to one employer, started in one go; its attachments prove all of them.
CREATE TABLE transfer_batch (
    id bigint GENERATED ALWAYS AS IDENTITY,
    employer_id bigint NOT NULL,            -- the old one
    to_employer_id bigint NOT NULL,
    effective_month date NOT NULL,          -- from when the old employer is blocked
    reason text NOT NULL,
    person_count integer NOT NULL,
    started_by text NOT NULL DEFAULT current_actor(),
    started_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT transfer_batch_pk PRIMARY KEY (id),
    CONSTRAINT transfer_batch_of_employer FOREIGN KEY (employer_id) REFERENCES employer,
    CONSTRAINT transfer_batch_to_employer FOREIGN KEY (to_employer_id) REFERENCES employer,
    CONSTRAINT transfer_batch_to_another CHECK (to_employer_id <> employer_id),
    CONSTRAINT transfer_batch_month_is_first_day CHECK (extract(day FROM effective_month) = 1),
    CONSTRAINT transfer_batch_reason_length CHECK (length(reason) <= 500),
    CONSTRAINT transfer_batch_not_empty CHECK (person_count > 0)
);
CREATE INDEX transfer_batch_by_employer ON transfer_batch (employer_id, id);
CREATE TRIGGER transfer_batch_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer_batch
    FOR EACH STATEMENT EXECUTE FUNCTION only_ever_added();

-- One person on the way, seen by both employers and nobody else's. The new one reads no more of the person than stands here.
CREATE TABLE transfer (
    id bigint GENERATED ALWAYS AS IDENTITY,
    batch_id bigint NOT NULL,
    employer_id bigint NOT NULL,            -- the old one
    to_employer_id bigint NOT NULL,
    employment_id bigint NOT NULL,          -- at the old one
    person_id bigint NOT NULL,
    name text NOT NULL,                     -- as it was when it was started
    id_number text NOT NULL,
    effective_month date NOT NULL,
    state text NOT NULL DEFAULT 'started',  -- as libsubsidy.TRANSFER_LIFE
    version integer NOT NULL DEFAULT 1,     -- a change must name the version it saw (STALE_VERSION)
    back_state text NOT NULL,               -- the employment's before; it comes back with what comes to nothing
    back_from date,
    answer_until date NOT NULL,             -- unanswered after that day it goes back (libsubsidy.Policy)
    rank text,                              -- what the new employer set on accepting
    monthly_fen bigint,
    start_month date,
    remark text NOT NULL DEFAULT '',        -- why it was refused
    application_id bigint,                  -- where the bureau has to agree, too (D-10)
    started_at timestamptz NOT NULL DEFAULT now(),
    decided_at timestamptz,
    CONSTRAINT transfer_pk PRIMARY KEY (id),
    CONSTRAINT transfer_of_batch FOREIGN KEY (batch_id) REFERENCES transfer_batch,
    CONSTRAINT transfer_of_employment FOREIGN KEY (employment_id) REFERENCES employment,
    CONSTRAINT transfer_of_person FOREIGN KEY (person_id) REFERENCES person,
    CONSTRAINT transfer_to_employer FOREIGN KEY (to_employer_id) REFERENCES employer,
    CONSTRAINT transfer_to_another CHECK (to_employer_id <> employer_id),
    CONSTRAINT transfer_state_known CHECK (
        state IN ('started', 'accepted', 'done', 'refused', 'rejected', 'withdrawn', 'expired')),
    CONSTRAINT transfer_back_state_known CHECK (back_state IN ('active', 'sealed')),
    CONSTRAINT transfer_months_are_first_days CHECK (
        extract(day FROM effective_month) = 1 AND extract(day FROM back_from) = 1 AND extract(day FROM start_month) = 1),
    -- F67: nobody is taken in without rank, amount and start month.
    CONSTRAINT transfer_accepted_has_terms CHECK (
        (state IN ('accepted', 'done', 'rejected')) = (num_nonnulls(rank, monthly_fen, start_month) = 3)
        AND num_nonnulls(rank, monthly_fen, start_month) IN (0, 3)),
    CONSTRAINT transfer_amount_positive CHECK (monthly_fen > 0),
    CONSTRAINT transfer_rank_length CHECK (length(rank) <= 50),
    CONSTRAINT transfer_start_not_before CHECK (start_month >= effective_month)
);
-- I23: a person is on one way at a time.
CREATE UNIQUE INDEX transfer_one_at_a_time ON transfer (person_id) WHERE state IN ('started', 'accepted');
CREATE INDEX transfer_out ON transfer (employer_id, id);
CREATE INDEX transfer_in ON transfer (to_employer_id, id);
CREATE INDEX transfer_by_batch ON transfer (batch_id, id);
CREATE INDEX transfer_by_employment ON transfer (employment_id);
CREATE INDEX transfer_unanswered ON transfer (answer_until) WHERE state = 'started';
-- I21: the moves of libsubsidy, and a test compares the two.
CREATE TRIGGER transfer_moves BEFORE UPDATE OF state ON transfer FOR EACH ROW
    WHEN (OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('started', 'accepted'), ('started', 'refused'), ('started', 'withdrawn'), ('started', 'expired'),
        ('accepted', 'done'), ('accepted', 'rejected')))
    EXECUTE FUNCTION refused();
-- Who goes where from when stays what both have agreed to.
CREATE TRIGGER transfer_frozen BEFORE UPDATE ON transfer FOR EACH ROW
    WHEN ((OLD.batch_id, OLD.employer_id, OLD.to_employer_id, OLD.employment_id, OLD.person_id, OLD.name, OLD.id_number,
            OLD.effective_month, OLD.back_state, OLD.back_from, OLD.answer_until, OLD.started_at)
            IS DISTINCT FROM
            (NEW.batch_id, NEW.employer_id, NEW.to_employer_id, NEW.employment_id, NEW.person_id, NEW.name, NEW.id_number,
            NEW.effective_month, NEW.back_state, NEW.back_from, NEW.answer_until, NEW.started_at)
        OR (OLD.state <> 'started' AND (OLD.rank, OLD.monthly_fen, OLD.start_month)
            IS DISTINCT FROM (NEW.rank, NEW.monthly_fen, NEW.start_month)))
    EXECUTE FUNCTION refused();

-- I21: the moves of libsubsidy, and a test compares the two.
CREATE TRIGGER employment_moves BEFORE UPDATE OF state ON employment FOR EACH ROW
    WHEN (OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('pending', 'active'), ('active', 'sealed'), ('sealed', 'active'), ('active', 'transferring'),
        ('sealed', 'transferring'), ('transferring', 'active'), ('transferring', 'sealed'), ('transferring', 'ended'),
        ('active', 'ended'), ('sealed', 'ended'), ('ended', 'active')))
    EXECUTE FUNCTION refused();
-- An employer seals and unseals; it moves somebody out only with a transfer that it has just started, and back only as it was
-- before one that it has withdrawn. Ending an employment, and beginning one, is not an employer's to do alone.
CREATE FUNCTION employment_moved_by_employer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state, NEW.state) IN (('active', 'sealed'), ('sealed', 'active'))
        OR (NEW.state = 'transferring' AND OLD.state <> 'transferring' AND EXISTS (
            SELECT FROM transfer t
            WHERE t.employment_id = OLD.id AND t.state = 'started'
              AND (t.back_state, t.back_from) IS NOT DISTINCT FROM (OLD.state, OLD.state_from)))
        OR (OLD.state = 'transferring' AND NEW.state <> 'transferring' AND EXISTS (
            SELECT FROM (SELECT state, back_state, back_from FROM transfer
                         WHERE employment_id = OLD.id ORDER BY id DESC LIMIT 1) t
            WHERE t.state = 'withdrawn'
              AND (t.back_state, t.back_from) IS NOT DISTINCT FROM (NEW.state, NEW.state_from)))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an employer does not move an employment from % to %', OLD.state, NEW.state
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END
$$;
CREATE TRIGGER employment_moved_by_employer BEFORE UPDATE ON employment FOR EACH ROW
    WHEN (current_user = 'subsidy_employer') EXECUTE FUNCTION employment_moved_by_employer();

GRANT UPDATE (state, state_from, sealed_months) ON employment TO subsidy_employer;
GRANT SELECT, INSERT ON seal_batch, seal_row, transfer_batch TO subsidy_employer;
GRANT SELECT, INSERT, UPDATE ON transfer TO subsidy_employer;
GRANT SELECT ON seal_batch, seal_row, transfer_batch TO subsidy_bureau;
GRANT SELECT, UPDATE ON transfer TO subsidy_bureau;

ALTER TABLE seal_batch ENABLE ROW LEVEL SECURITY;
ALTER TABLE seal_batch FORCE ROW LEVEL SECURITY;
CREATE POLICY seal_batch_employer ON seal_batch TO subsidy_employer
    USING (employer_id = current_employer_id()) WITH CHECK (employer_id = current_employer_id());
CREATE POLICY seal_batch_bureau ON seal_batch FOR SELECT TO subsidy_bureau USING (true);

ALTER TABLE seal_row ENABLE ROW LEVEL SECURITY;
ALTER TABLE seal_row FORCE ROW LEVEL SECURITY;
CREATE POLICY seal_row_employer ON seal_row FOR SELECT TO subsidy_employer USING (employer_id = current_employer_id());
CREATE POLICY seal_row_employer_add ON seal_row FOR INSERT TO subsidy_employer WITH CHECK (
    employer_id = current_employer_id()
    AND batch_id IN (SELECT b.id FROM seal_batch b WHERE b.employer_id = current_employer_id())
    AND employment_id IN (SELECT e.id FROM employment e WHERE e.employer_id = current_employer_id()));
CREATE POLICY seal_row_bureau ON seal_row FOR SELECT TO subsidy_bureau USING (true);

ALTER TABLE transfer_batch ENABLE ROW LEVEL SECURITY;
ALTER TABLE transfer_batch FORCE ROW LEVEL SECURITY;
CREATE POLICY transfer_batch_employers ON transfer_batch FOR SELECT TO subsidy_employer
    USING (employer_id = current_employer_id() OR to_employer_id = current_employer_id());
CREATE POLICY transfer_batch_employer_add ON transfer_batch FOR INSERT TO subsidy_employer
    WITH CHECK (employer_id = current_employer_id());
CREATE POLICY transfer_batch_bureau ON transfer_batch FOR SELECT TO subsidy_bureau USING (true);

ALTER TABLE transfer ENABLE ROW LEVEL SECURITY;
ALTER TABLE transfer FORCE ROW LEVEL SECURITY;
CREATE POLICY transfer_employers ON transfer FOR SELECT TO subsidy_employer
    USING (employer_id = current_employer_id() OR to_employer_id = current_employer_id());
CREATE POLICY transfer_start ON transfer FOR INSERT TO subsidy_employer WITH CHECK (
    employer_id = current_employer_id() AND state = 'started'
    AND batch_id IN (SELECT b.id FROM transfer_batch b WHERE b.employer_id = current_employer_id())
    AND employment_id IN (SELECT e.id FROM employment e WHERE e.employer_id = current_employer_id()));
CREATE POLICY transfer_withdraw ON transfer FOR UPDATE TO subsidy_employer
    USING (employer_id = current_employer_id() AND state = 'started')
    WITH CHECK (employer_id = current_employer_id() AND state = 'withdrawn');
CREATE POLICY transfer_answer ON transfer FOR UPDATE TO subsidy_employer
    USING (to_employer_id = current_employer_id() AND state = 'started')
    WITH CHECK (to_employer_id = current_employer_id() AND state IN ('accepted', 'refused'));
CREATE POLICY transfer_bureau ON transfer TO subsidy_bureau USING (true) WITH CHECK (true);

-- The other side is told, too.
CREATE POLICY audit_event_transfer_add ON audit_event FOR INSERT TO subsidy_employer WITH CHECK (
    subject_kind = 'transfer' AND EXISTS (
        SELECT FROM transfer t WHERE t.id = subject_id AND audit_event.employer_id IN (t.employer_id, t.to_employer_id)));
-- What proves a transfer is for who has to answer it, for as long as that is so.
CREATE POLICY attachment_transfer ON attachment FOR SELECT TO subsidy_employer USING (
    subject_kind = 'transfer' AND state = 'bound' AND EXISTS (
        SELECT FROM transfer t WHERE t.batch_id = attachment.subject_id AND t.to_employer_id = current_employer_id()
                                 AND t.state IN ('started', 'accepted')));
