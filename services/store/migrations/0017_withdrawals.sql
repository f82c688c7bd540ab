-- 支取申请: what can be withdrawn, what is asked for, and its payments.

ALTER TABLE application DROP CONSTRAINT application_kind_known;
ALTER TABLE application ADD CONSTRAINT application_kind_known CHECK (kind IN (
        'employee_opening', 'employee_import', 'employer_change', 'information_change', 'employee_change', 'employee_transfer',
        'backfill', 'withdrawal'));

-- 支取: reasons, confirmed openings, withdrawals and their payments ----------------------------------------------------
-- 支取原因 (D-17): the bureau's own list. What was asked for keeps the words that it was asked for with.
CREATE TABLE withdrawal_reason (
    code text NOT NULL,
    zh text NOT NULL,
    en text NOT NULL,
    payee text NOT NULL DEFAULT 'own',      -- own: the employee's own account; heir: an heir's, when the employee has died
    proof_zh text NOT NULL,                 -- which papers prove it
    proof_en text NOT NULL,
    active boolean NOT NULL DEFAULT true,   -- false: no longer offered
    CONSTRAINT withdrawal_reason_pk PRIMARY KEY (code),
    CONSTRAINT withdrawal_reason_code_form CHECK (code ~ '^[0-9]{2}$'),
    CONSTRAINT withdrawal_reason_payee_known CHECK (payee IN ('own', 'heir')),
    CONSTRAINT withdrawal_reason_lengths CHECK (
        length(zh) BETWEEN 1 AND 100 AND length(en) BETWEEN 1 AND 100 AND length(proof_zh) BETWEEN 1 AND 200
        AND length(proof_en) BETWEEN 1 AND 200)
);
-- As libsubsidy.WITHDRAWAL_REASONS, and a test compares the two.
INSERT INTO withdrawal_reason (code, zh, en, payee, proof_zh, proof_en) VALUES
    ('01', '购买住房', 'Purchase of a home', 'own', '购房合同、付款发票或不动产权证书', 'contract of purchase, and invoice or certificate of ownership'),
    ('02', '建造、翻修、大修住房', 'Building or renovating a home', 'own', '规划或建设批准文件、工程费用票据', 'permit to build, and bills of the works'),
    ('03', '离休、退休', 'Retirement', 'own', '离休、退休证或审批表', 'certificate of retirement'),
    ('04', '丧失劳动能力', 'Inability to work', 'own', '劳动能力鉴定结论、终止劳动关系证明', 'finding on the ability to work, and end of the employment'),
    ('05', '户口迁出或出境定居', 'Moving away or abroad for good', 'own', '户口迁移证明或出境定居证明', 'proof of the new residence'),
    ('06', '偿还购房贷款', 'Repayment of a home loan', 'own', '购房借款合同、还款明细', 'contract of the loan, and statement of the repayments'),
    ('07', '房租超过规定比例', 'Rent above the limit', 'own', '租赁合同、租金发票、家庭收入证明', 'contract and bills of the rent, and proof of income'),
    ('08', '死亡', 'Death', 'heir', '死亡证明', 'certificate of death'),
    ('09', '大病医疗', 'Serious illness', 'own', '诊断证明、医疗费用票据', 'diagnosis, and bills of the treatment'),
    ('99', '其他', 'Other', 'own', '情况说明及相关证明', 'an account of the circumstances, with papers');

-- Openings are what somebody typed. What of them the bureau's finance has found on the fund's account can be withdrawn.
CREATE TABLE opening_confirmation (
    id bigint GENERATED ALWAYS AS IDENTITY,
    employer_id bigint NOT NULL,
    person_id bigint NOT NULL,
    amount_fen bigint NOT NULL,
    confirmed_by text NOT NULL DEFAULT current_actor(),
    confirmed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT opening_confirmation_pk PRIMARY KEY (id),
    CONSTRAINT opening_confirmation_of_employer FOREIGN KEY (employer_id) REFERENCES employer,
    CONSTRAINT opening_confirmation_of_person FOREIGN KEY (person_id) REFERENCES person,
    CONSTRAINT opening_confirmation_positive CHECK (amount_fen > 0)
);
CREATE INDEX opening_confirmation_by_person ON opening_confirmation (person_id);
CREATE INDEX opening_confirmation_by_employer ON opening_confirmation (employer_id);
CREATE TRIGGER opening_confirmation_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON opening_confirmation
    FOR EACH STATEMENT EXECUTE FUNCTION only_ever_added();

CREATE TABLE withdrawal (
    id bigint NOT NULL,                     -- of its application
    employer_id bigint NOT NULL,
    person_id bigint NOT NULL,
    reason text NOT NULL,
    reason_zh text NOT NULL,
    to_heir boolean NOT NULL,               -- the employee has died
    amount_fen bigint NOT NULL,
    payee_name text NOT NULL,
    payee_bank text NOT NULL,
    payee_account text NOT NULL,
    remark text NOT NULL DEFAULT '',        -- 备注 of the employer
    state text NOT NULL,
        -- as libsubsidy.WITHDRAWAL_LIFE; until it is approved it follows its application by a trigger
    version integer NOT NULL DEFAULT 1,     -- an act of finance must name the version it saw (STALE_VERSION)
    asked_at timestamptz NOT NULL DEFAULT now(),
    approved_by text,
    approved_at timestamptz,
    paid_on date,                           -- the bank's day, while it is paid
    note text NOT NULL DEFAULT '',          -- why its payment failed, or why it was given back
    CONSTRAINT withdrawal_pk PRIMARY KEY (id),
    CONSTRAINT withdrawal_of_application FOREIGN KEY (id) REFERENCES application,
    CONSTRAINT withdrawal_of_employer FOREIGN KEY (employer_id) REFERENCES employer,
    CONSTRAINT withdrawal_of_person FOREIGN KEY (person_id) REFERENCES person,
    CONSTRAINT withdrawal_for_reason FOREIGN KEY (reason) REFERENCES withdrawal_reason,
    CONSTRAINT withdrawal_amount_positive CHECK (amount_fen > 0),
    CONSTRAINT withdrawal_state_known CHECK (state IN (
        'draft', 'submitted', 'returned', 'retracted', 'rejected', 'approved', 'paying', 'paid', 'failed', 'given_back')),
    CONSTRAINT withdrawal_approved_by_somebody CHECK (
        state IN ('draft', 'submitted', 'returned', 'retracted', 'rejected')
        OR (approved_by IS NOT NULL AND approved_at IS NOT NULL)),
    CONSTRAINT withdrawal_paid_when CHECK ((state = 'paid') = (paid_on IS NOT NULL)),
    CONSTRAINT withdrawal_account_form CHECK (payee_account ~ '^[0-9]{12,32}$'),
    CONSTRAINT withdrawal_lengths CHECK (
        length(payee_name) BETWEEN 1 AND 100 AND length(payee_bank) BETWEEN 1 AND 200 AND length(remark) <= 200)
);
CREATE INDEX withdrawal_by_employer ON withdrawal (employer_id, id);
CREATE INDEX withdrawal_by_person ON withdrawal (person_id, id);
CREATE INDEX withdrawal_by_state ON withdrawal (state, id);

-- Each try to pay one; at most one is under way or has come to a good end.
CREATE TABLE withdrawal_payment (
    id bigint GENERATED ALWAYS AS IDENTITY,
    withdrawal_id bigint NOT NULL,
    employer_id bigint NOT NULL,
    amount_fen bigint NOT NULL,
    approved_by text NOT NULL,
    state text NOT NULL DEFAULT 'paying',   -- paying -> paid | failed; paid -> bounced
    paid_by text NOT NULL DEFAULT current_actor(),
    begun_at timestamptz NOT NULL DEFAULT now(),
    booked date,                            -- the bank's day
    bank_reference text NOT NULL DEFAULT '',
    reason text NOT NULL DEFAULT '',        -- why it failed, or came back
    ended_by text,
    ended_at timestamptz,
    CONSTRAINT withdrawal_payment_pk PRIMARY KEY (id),
    CONSTRAINT withdrawal_payment_of_withdrawal FOREIGN KEY (withdrawal_id) REFERENCES withdrawal,
    CONSTRAINT withdrawal_payment_state_known CHECK (state IN ('paying', 'paid', 'failed', 'bounced')),
    CONSTRAINT withdrawal_payment_amount_positive CHECK (amount_fen > 0),
    CONSTRAINT withdrawal_payment_two_people CHECK (paid_by <> approved_by),
    CONSTRAINT withdrawal_payment_booked_when CHECK ((state IN ('paid', 'bounced')) = (booked IS NOT NULL)),
    CONSTRAINT withdrawal_payment_ended_when CHECK (
        (state = 'paying') = (ended_by IS NULL) AND (state = 'paying') = (ended_at IS NULL)),
    CONSTRAINT withdrawal_payment_reference_length CHECK (length(bank_reference) <= 64)
);
CREATE INDEX withdrawal_payment_by_withdrawal ON withdrawal_payment (withdrawal_id, id);
CREATE UNIQUE INDEX withdrawal_payment_one_at_a_time ON withdrawal_payment (withdrawal_id) WHERE state IN ('paying', 'paid');

-- What a payment took from a ledger; and what came back (退票), as an entry of its own.
ALTER TABLE ledger_entry ADD COLUMN payment_id bigint;
ALTER TABLE ledger_entry
    ADD CONSTRAINT ledger_entry_of_payment FOREIGN KEY (payment_id) REFERENCES withdrawal_payment;
CREATE UNIQUE INDEX ledger_entry_payment_once ON ledger_entry (payment_id, (amount_fen < 0)) WHERE payment_id IS NOT NULL;

-- What somebody's account has, of money that a bank has seen; `other_than` is a withdrawal whose own reservation does not count.
CREATE FUNCTION funds_of(
    whose bigint, other_than bigint,
    OUT credited_fen bigint, OUT confirmed_fen bigint, OUT withdrawn_fen bigint, OUT reserved_fen bigint)
LANGUAGE sql STABLE AS $$
    SELECT
        (SELECT coalesce(sum(amount_fen), 0)::bigint FROM ledger_entry
         WHERE person_id = whose AND kind NOT IN ('opening', 'backfill', 'withdrawal')),
        -- No more of an opening than stands in the ledger by now: an initialisation can be opened again. A backfill that
        -- itemises it takes nothing away: that money is on the fund's account as before.
        (SELECT coalesce(sum(least(confirmed.fen, opening.fen)), 0)::bigint
         FROM (SELECT employer_id, sum(amount_fen) AS fen FROM opening_confirmation
               WHERE person_id = whose GROUP BY employer_id) AS confirmed
         JOIN (SELECT employer_id, sum(amount_fen) AS fen FROM ledger_entry
               WHERE person_id = whose AND kind = 'opening' AND application_id IS NULL GROUP BY employer_id) AS opening
             USING (employer_id)),
        (SELECT coalesce(-sum(amount_fen), 0)::bigint FROM ledger_entry WHERE person_id = whose AND kind = 'withdrawal'),
        (SELECT coalesce(sum(amount_fen), 0)::bigint FROM withdrawal
         WHERE person_id = whose AND id IS DISTINCT FROM other_than
           AND state IN ('draft', 'submitted', 'approved', 'paying', 'failed'))
$$;

-- I6, a second time: whatever reserves money, or lets it go on its way, finds it there. Of two at once the second one waits
-- for the first, and then sees what that has reserved. An employer does not see all that an account has, nor what other
-- employers have asked for: it lets a reservation go, and the store makes one for it as the bureau.
CREATE FUNCTION withdrawal_within_funds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    available bigint;
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.amount_fen = OLD.amount_fen AND NEW.person_id = OLD.person_id
        AND OLD.state IN ('draft', 'submitted', 'approved', 'paying', 'failed') AND NEW.state NOT IN ('approved', 'paying')
    THEN
        RETURN NEW;  -- It has been reserved before.
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('funds/' || NEW.person_id::text, 0));
    SELECT credited_fen + confirmed_fen - withdrawn_fen - reserved_fen INTO available FROM funds_of(NEW.person_id, NEW.id);
    IF current_user = 'subsidy_employer' OR NEW.amount_fen > available THEN
        RAISE EXCEPTION 'withdrawal % of % fen exceeds what there is', NEW.id, NEW.amount_fen
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER withdrawal_within_funds BEFORE INSERT OR UPDATE OF state, amount_fen, person_id ON withdrawal
    FOR EACH ROW WHEN (NEW.state IN ('draft', 'submitted', 'approved', 'paying')) EXECUTE FUNCTION withdrawal_within_funds();

-- I21: the moves of libsubsidy, and a test compares the two.
CREATE TRIGGER withdrawal_moves BEFORE UPDATE OF state ON withdrawal FOR EACH ROW
    WHEN (OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('draft', 'submitted'), ('draft', 'retracted'), ('submitted', 'retracted'), ('submitted', 'returned'),
        ('submitted', 'rejected'), ('submitted', 'approved'), ('returned', 'draft'), ('retracted', 'draft'),
        ('approved', 'paying'), ('approved', 'given_back'), ('paying', 'paid'), ('paying', 'failed'), ('paid', 'failed'),
        ('failed', 'approved'), ('failed', 'given_back')))
    EXECUTE FUNCTION refused();
-- What was submitted is what is approved and paid.
CREATE TRIGGER withdrawal_frozen BEFORE UPDATE ON withdrawal FOR EACH ROW
    WHEN ((OLD.id, OLD.employer_id, OLD.person_id) IS DISTINCT FROM (NEW.id, NEW.employer_id, NEW.person_id)
        OR (OLD.state NOT IN ('draft', 'returned', 'retracted')
            AND (OLD.reason, OLD.reason_zh, OLD.to_heir, OLD.amount_fen, OLD.payee_name, OLD.payee_bank, OLD.payee_account,
                OLD.remark)
            IS DISTINCT FROM (NEW.reason, NEW.reason_zh, NEW.to_heir, NEW.amount_fen, NEW.payee_name, NEW.payee_bank,
                NEW.payee_account, NEW.remark)))
    EXECUTE FUNCTION refused();
CREATE TRIGGER withdrawal_payment_moves BEFORE UPDATE OF state ON withdrawal_payment FOR EACH ROW
    WHEN (OLD.state <> NEW.state
        AND (OLD.state, NEW.state) NOT IN (('paying', 'paid'), ('paying', 'failed'), ('paid', 'bounced')))
    EXECUTE FUNCTION refused();

-- Until it is approved a withdrawal is where its application is, whoever moves that.
CREATE FUNCTION withdrawal_follows_application() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE withdrawal SET version = version + 1, state = CASE NEW.state WHEN 'in_review' THEN 'submitted' ELSE NEW.state END
    WHERE id = NEW.id;
    -- Row security shows an employer nothing that would reserve money anew.
    IF NOT FOUND THEN
        RAISE EXCEPTION 'withdrawal % does not go where its application goes', NEW.id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER withdrawal_follows_application AFTER UPDATE OF state ON application FOR EACH ROW
    WHEN (NEW.kind = 'withdrawal' AND OLD.state <> NEW.state) EXECUTE FUNCTION withdrawal_follows_application();

GRANT SELECT ON withdrawal_reason TO subsidy_employer, subsidy_bureau;
GRANT SELECT, INSERT ON opening_confirmation TO subsidy_bureau;
GRANT SELECT ON opening_confirmation TO subsidy_person;
GRANT SELECT, INSERT, UPDATE ON withdrawal TO subsidy_bureau;
GRANT SELECT, UPDATE (state, version) ON withdrawal TO subsidy_employer;
GRANT SELECT ON withdrawal TO subsidy_person;
GRANT SELECT, INSERT, UPDATE ON withdrawal_payment TO subsidy_bureau;

ALTER TABLE opening_confirmation ENABLE ROW LEVEL SECURITY;
ALTER TABLE opening_confirmation FORCE ROW LEVEL SECURITY;
CREATE POLICY opening_confirmation_person ON opening_confirmation FOR SELECT TO subsidy_person
    USING (person_id = current_person_id());
CREATE POLICY opening_confirmation_bureau ON opening_confirmation TO subsidy_bureau USING (true) WITH CHECK (true);

ALTER TABLE withdrawal ENABLE ROW LEVEL SECURITY;
ALTER TABLE withdrawal FORCE ROW LEVEL SECURITY;
CREATE POLICY withdrawal_employer ON withdrawal FOR SELECT TO subsidy_employer USING (employer_id = current_employer_id());
-- Only as its application moves.
CREATE POLICY withdrawal_employer_moves ON withdrawal FOR UPDATE TO subsidy_employer
    USING (employer_id = current_employer_id() AND state IN ('draft', 'submitted'))
    WITH CHECK (employer_id = current_employer_id() AND state IN ('submitted', 'retracted'));
CREATE POLICY withdrawal_person ON withdrawal FOR SELECT TO subsidy_person USING (person_id = current_person_id());
CREATE POLICY withdrawal_bureau ON withdrawal TO subsidy_bureau USING (true) WITH CHECK (true);

ALTER TABLE withdrawal_payment ENABLE ROW LEVEL SECURITY;
ALTER TABLE withdrawal_payment FORCE ROW LEVEL SECURITY;
CREATE POLICY withdrawal_payment_bureau ON withdrawal_payment TO subsidy_bureau USING (true) WITH CHECK (true);
