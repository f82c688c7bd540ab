-- Today's truth. migrations/NNNN_name.sql lead to exactly this; tests/store/test_schema_is_migrations.py proves it.
--
-- Conventions: ids are bigint; money is integer fen in columns named *_fen; months are the first day of the month;
-- bank dates are plain dates, everything else is timestamptz. Every constraint has a name, because
-- services/store/violations.py translates names into domain errors.

-- Roles -------------------------------------------------------------------------------------------------------------
-- None is a superuser, none bypasses row security. The services log in as a member of these roles and switch with
-- SET LOCAL ROLE for one transaction (services/store/database.py: acting). Roles belong to the whole cluster, so that a
-- second database may find them already there.
DO $roles$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY[
        'subsidy_employer',  -- a person of one employer: sees that employer's rows
        'subsidy_bureau',    -- reviewers and finance officers: see all, move money only through posting
        'subsidy_person',    -- an employee: sees the own ledger
        'subsidy_auth',      -- finds who is logging in, sees nothing else
        'subsidy_worker'     -- the reconciler
    ] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE', role_name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;  -- Made by another database of this cluster, perhaps at this very moment.
        END;
    END LOOP;
END
$roles$;

-- The tenant of the transaction; NULL when none was set, and NULL equals nothing, so that nothing is seen.
CREATE FUNCTION current_employer_id() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('subsidy.employer_id', true), '')::bigint;

CREATE FUNCTION current_person_id() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('subsidy.person_id', true), '')::bigint;

CREATE FUNCTION current_actor() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(nullif(current_setting('subsidy.actor', true), ''), 'unknown');

CREATE FUNCTION current_origin() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(nullif(current_setting('subsidy.origin', true), ''), 'unknown');

-- Corrections are made by adding; what was posted or noted is never changed.
CREATE FUNCTION only_ever_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are only ever added', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END
$$;

-- A trigger says in its WHEN what may not be; this only gives the refusal the trigger's name, like a constraint's.
CREATE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'row of % violates %', TG_TABLE_NAME, TG_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END
$$;

-- Employers and employees ---------------------------------------------------------------------------------------------
-- Employer codes are issued from 10000: a spreadsheet drops leading zeros (design §12).
CREATE SEQUENCE employer_code_seq AS integer MINVALUE 10000 START WITH 10000 MAXVALUE 99999 NO CYCLE;

CREATE TABLE employer (
    id bigint GENERATED ALWAYS AS IDENTITY,
    code text NOT NULL DEFAULT nextval('employer_code_seq')::text,
    org_code text NOT NULL,                 -- GB 11714, nine characters without the hyphen
    credit_code text,                       -- GB 32100, eighteen characters
    name text NOT NULL,
    state text NOT NULL DEFAULT 'active',   -- active -> closed
    initialised_at timestamptz,             -- 员工初始化 was submitted; no order before that
    opened_at timestamptz NOT NULL DEFAULT now(),
    checker_needed boolean NOT NULL DEFAULT false, -- 复核: what a clerk submits waits for a colleague
    -- The rest of the card (单位信息, libsubsidy/employer_card.py); '' where a migrated employer's is not known.
    kind text NOT NULL DEFAULT '',                  -- 单位性质
    address text NOT NULL DEFAULT '',
    legal_representative text NOT NULL DEFAULT '',  -- 法定代表人
    contact_name text NOT NULL DEFAULT '',          -- 单位管理员
    contact_mobile text NOT NULL DEFAULT '',        -- 联系电话, the administrator's
    refund_account_name text NOT NULL DEFAULT '',   -- 户名
    refund_account_number text NOT NULL DEFAULT '', -- 账号
    refund_bank_name text NOT NULL DEFAULT '',      -- 开户银行
    supervising_authority text NOT NULL DEFAULT '', -- 主管部门
    CONSTRAINT employer_pk PRIMARY KEY (id),
    CONSTRAINT employer_code_once UNIQUE (code),
    CONSTRAINT employer_org_code_once UNIQUE (org_code),
    CONSTRAINT employer_credit_code_once UNIQUE (credit_code),
    CONSTRAINT employer_code_form CHECK (code ~ '^[0-9]{5}$'),
    CONSTRAINT employer_org_code_form CHECK (org_code ~ '^[0-9A-Z]{8}[0-9X]$'),
    CONSTRAINT employer_name_length CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT employer_state_known CHECK (state IN ('active', 'closed')),
    CONSTRAINT employer_kind_known CHECK (kind IN (
        '', 'government', 'institution', 'state_enterprise', 'enterprise', 'association', 'other')),
    CONSTRAINT employer_contact_mobile_form CHECK (contact_mobile ~ '^(1[3-9][0-9]{9})?$'),
    CONSTRAINT employer_refund_account_form CHECK (refund_account_number ~ '^([0-9]{12,32})?$'),
    CONSTRAINT employer_card_lengths CHECK (
        length(address) <= 200 AND length(legal_representative) <= 100 AND length(contact_name) <= 100
        AND length(refund_account_name) <= 200 AND length(refund_bank_name) <= 200 AND length(supervising_authority) <= 200)
);

CREATE TABLE person (
    id bigint GENERATED ALWAYS AS IDENTITY,
    id_number text NOT NULL,                -- GB 11643, always eighteen characters
    id_number_given text NOT NULL,          -- as it was first given: perhaps fifteen digits (D-3)
    name text NOT NULL,
    name_pinyin text NOT NULL DEFAULT '',   -- sorted on; embedded builds have no ICU collation
    mobile text NOT NULL DEFAULT '',
    CONSTRAINT person_pk PRIMARY KEY (id),
    CONSTRAINT person_id_number_once UNIQUE (id_number),
    CONSTRAINT person_id_number_form CHECK (id_number ~ '^[0-9]{17}[0-9X]$'),
    CONSTRAINT person_name_length CHECK (length(name) BETWEEN 1 AND 100)
);

CREATE TABLE employment (
    id bigint GENERATED ALWAYS AS IDENTITY,
    employer_id bigint NOT NULL,
    person_id bigint NOT NULL,
    rank text NOT NULL DEFAULT '',
    start_month date,                       -- 汇缴开始月份; NULL must be set before the first order
    state text NOT NULL DEFAULT 'pending',
        -- pending -> active
        -- active <-> sealed
        -- active, sealed -> transferring -> ended | back
        -- active, sealed -> ended
    state_from date,                        -- the month from which a sealed, transferring or ended state counts
    paid_through date,                      -- 缴至月份 of the opening balance
    opening_periods integer NOT NULL DEFAULT 0,
    opened_at timestamptz NOT NULL DEFAULT now(),
    sealed_months datemultirange NOT NULL DEFAULT '{}',     -- of earlier seals: who is unsealed stays sealed for them
    joined_on date,                         -- 入职/参加工作日期
    remark text NOT NULL DEFAULT '',        -- 备注 of the opening
    CONSTRAINT employment_pk PRIMARY KEY (id),
    CONSTRAINT employment_once UNIQUE (employer_id, person_id),
    CONSTRAINT employment_of_employer FOREIGN KEY (employer_id) REFERENCES employer,
    CONSTRAINT employment_of_person FOREIGN KEY (person_id) REFERENCES person,
    CONSTRAINT employment_state_known CHECK (state IN ('pending', 'active', 'sealed', 'transferring', 'ended')),
    CONSTRAINT employment_months_are_first_days CHECK (
        extract(day FROM start_month) = 1 AND extract(day FROM state_from) = 1 AND extract(day FROM paid_through) = 1),
    CONSTRAINT employment_opening_periods_positive CHECK (opening_periods >= 0),
    CONSTRAINT employment_remark_length CHECK (length(remark) <= 200)
);
CREATE INDEX employment_by_person ON employment (person_id);
-- I23: a person works for one employer at a time.
CREATE UNIQUE INDEX employment_one_at_a_time ON employment (person_id)
    WHERE state IN ('active', 'sealed', 'transferring');

-- 每月缴费金额 of the personnel file: an approved amount from its effective month on.
CREATE TABLE file_amount (
    employment_id bigint NOT NULL,
    employer_id bigint NOT NULL,
    effective_month date NOT NULL,
    amount_fen bigint NOT NULL,
    CONSTRAINT file_amount_pk PRIMARY KEY (employment_id, effective_month),
    CONSTRAINT file_amount_of_employment FOREIGN KEY (employment_id) REFERENCES employment,
    CONSTRAINT file_amount_positive CHECK (amount_fen > 0),
    CONSTRAINT file_amount_month_is_first_day CHECK (extract(day FROM effective_month) = 1)
);

-- Orders, claims, notices ---------------------------------------------------------------------------------------------
CREATE TABLE payment_notice (
    id bigint GENERATED ALWAYS AS IDENTITY,
    employer_id bigint NOT NULL,
    employer_code text NOT NULL,
    order_code text NOT NULL,               -- 支付代码; unique per employer for ever, so a notice is never deleted (I28)
    amount_fen bigint NOT NULL,             -- the sum of its orders
    currency text NOT NULL DEFAULT 'CNY',   -- of the fund (libsubsidy.Policy)
    state text NOT NULL DEFAULT 'awaiting',
        -- awaiting -> paid        the bank line came (posting.settle)
        -- awaiting -> cancelled   by the bureau, while nothing has come
        -- awaiting -> merged      its orders went into one joint notice (合并缴款)
    merged_into bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    decided_at timestamptz,                 -- paid, cancelled or merged
    joined_orders bigint[],                 -- merged: the orders that it asked money for; they went on into the joint one
    CONSTRAINT payment_notice_pk PRIMARY KEY (id),
    CONSTRAINT payment_notice_code_once UNIQUE (employer_code, order_code),
    CONSTRAINT payment_notice_of_employer FOREIGN KEY (employer_id) REFERENCES employer,
    CONSTRAINT payment_notice_merged_into_notice FOREIGN KEY (merged_into) REFERENCES payment_notice,
    CONSTRAINT payment_notice_order_code_form CHECK (order_code ~ '^[0-9A-Z]{4}$'),
    CONSTRAINT payment_notice_amount_positive CHECK (amount_fen > 0),
    CONSTRAINT payment_notice_state_known CHECK (state IN ('awaiting', 'paid', 'cancelled', 'merged')),
    CONSTRAINT payment_notice_merged_names_where CHECK ((state = 'merged') = (merged_into IS NOT NULL)),
    CONSTRAINT payment_notice_decided_when CHECK ((state = 'awaiting') = (decided_at IS NULL)),
    CONSTRAINT payment_notice_joined_names_orders CHECK ((state = 'merged') = (joined_orders IS NOT NULL))
);
CREATE INDEX payment_notice_by_employer ON payment_notice (employer_id, id);
-- A person who looks for the notice that money was meant for looks by its amount.
CREATE INDEX payment_notice_awaiting ON payment_notice (amount_fen) WHERE state = 'awaiting';
-- I21: what was paid, cancelled or merged stays so; what was to be paid stays what was asked for.
CREATE TRIGGER payment_notice_moves BEFORE UPDATE OF state ON payment_notice FOR EACH ROW
    WHEN (OLD.state <> NEW.state AND OLD.state <> 'awaiting') EXECUTE FUNCTION refused();
CREATE TRIGGER payment_notice_frozen BEFORE UPDATE OF employer_id, employer_code, order_code, amount_fen ON payment_notice
    FOR EACH ROW WHEN ((OLD.employer_id, OLD.employer_code, OLD.order_code, OLD.amount_fen)
        IS DISTINCT FROM (NEW.employer_id, NEW.employer_code, NEW.order_code, NEW.amount_fen))
    EXECUTE FUNCTION refused();

CREATE TABLE remittance_order (
    id bigint GENERATED ALWAYS AS IDENTITY,
    employer_id bigint NOT NULL,
    kind text NOT NULL,
        -- regular           汇缴
        -- monthly           按月补缴
        -- lump_difference   一次性补缴, 差额: occupies no month
        -- lump_missed       一次性补缴, 漏缴: claims the months it covers
    first_month date NOT NULL,
    last_month date NOT NULL,
    state text NOT NULL DEFAULT 'draft',
        -- draft -> submitted
        -- submitted -> approved | returned | rejected | retracted
        -- returned, retracted -> draft
        -- approved -> credited (its notice was paid) | cancelled (its notice was cancelled)
    total_fen bigint NOT NULL DEFAULT 0,
    line_count integer NOT NULL DEFAULT 0,
    person_count integer NOT NULL DEFAULT 0,
    notice_id bigint,
    remark text NOT NULL DEFAULT '',        -- why it was returned, rejected or cancelled
    version integer NOT NULL DEFAULT 1,     -- a change must name the version it saw (STALE_VERSION)
    created_at timestamptz NOT NULL DEFAULT now(),
    submitted_at timestamptz,
    decided_at timestamptz,
    prepared_by text NOT NULL DEFAULT '',   -- of a draft that waits for a colleague (复核): the clerk
    prepared_at timestamptz,
    -- Of a 补缴 that was split (F90): the first of its orders, in all of them. No reference: a draft may be thrown away.
    part_of bigint,
    CONSTRAINT remittance_order_pk PRIMARY KEY (id),
    CONSTRAINT remittance_order_of_employer FOREIGN KEY (employer_id) REFERENCES employer,
    CONSTRAINT remittance_order_paid_by_notice FOREIGN KEY (notice_id) REFERENCES payment_notice,
    CONSTRAINT remittance_order_kind_known CHECK (kind IN ('regular', 'monthly', 'lump_difference', 'lump_missed')),
    CONSTRAINT remittance_order_state_known CHECK (
        state IN ('draft', 'submitted', 'returned', 'rejected', 'retracted', 'approved', 'credited', 'cancelled')),
    -- I26: approved means exactly one notice.
    CONSTRAINT remittance_order_approved_has_notice CHECK (
        (state IN ('approved', 'credited', 'cancelled')) = (notice_id IS NOT NULL)),
    CONSTRAINT remittance_order_months_in_order CHECK (first_month <= last_month),
    CONSTRAINT remittance_order_months_are_first_days CHECK (
        extract(day FROM first_month) = 1 AND extract(day FROM last_month) = 1),
    CONSTRAINT remittance_order_one_month_unless_monthly CHECK (kind = 'monthly' OR first_month = last_month),
    -- The same twelve as libsubsidy.Policy; manual L381.
    CONSTRAINT remittance_order_monthly_at_most_twelve CHECK (
        kind <> 'monthly' OR last_month < first_month + interval '12 months'),
    -- I1: a submitted order has lines and a total.
    CONSTRAINT remittance_order_not_empty CHECK (state = 'draft' OR (total_fen > 0 AND line_count > 0))
);
CREATE INDEX remittance_order_by_employer ON remittance_order (employer_id, id);
CREATE INDEX remittance_order_by_whole ON remittance_order (part_of) WHERE part_of IS NOT NULL;
CREATE INDEX remittance_order_by_notice ON remittance_order (notice_id) WHERE notice_id IS NOT NULL;
-- The reviewers' work list goes by the time of submission, over orders and applications alike.
CREATE INDEX remittance_order_by_submission ON remittance_order (submitted_at, id) WHERE submitted_at IS NOT NULL;
CREATE INDEX remittance_order_work ON remittance_order (submitted_at, id) WHERE state = 'submitted';
-- I21: the moves of libsubsidy, and a test compares the two. Without this an employer could take a submitted order back
-- to draft while its claims stand.
CREATE TRIGGER remittance_order_moves BEFORE UPDATE OF state ON remittance_order FOR EACH ROW
    WHEN (OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('approved', 'credited'), ('approved', 'cancelled'),
        ('draft', 'submitted'), ('submitted', 'approved'), ('submitted', 'returned'), ('submitted', 'rejected'),
        ('submitted', 'retracted'), ('returned', 'draft'), ('retracted', 'draft')))
    EXECUTE FUNCTION refused();
-- I1, I26: what was submitted is what is approved and paid.
CREATE TRIGGER remittance_order_frozen
    BEFORE UPDATE OF employer_id, kind, first_month, last_month, total_fen, line_count, person_count ON remittance_order
    FOR EACH ROW WHEN (OLD.state <> 'draft'
        AND (OLD.employer_id, OLD.kind, OLD.first_month, OLD.last_month, OLD.total_fen, OLD.line_count, OLD.person_count)
        IS DISTINCT FROM
            (NEW.employer_id, NEW.kind, NEW.first_month, NEW.last_month, NEW.total_fen, NEW.line_count, NEW.person_count))
    EXECUTE FUNCTION refused();

-- Lines change while their order is a draft of the same employer, and at no other time (I26); not even for the owner.
-- FOR SHARE waits for a submit that is under way, and keeps one from beginning before this transaction has ended.
CREATE FUNCTION lines_of_drafts_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM remittance_order o
    WHERE o.id IN (SELECT order_id FROM changed) AND o.state = 'draft' ORDER BY o.id FOR SHARE;
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT order_id, employer_id FROM changed) c
        LEFT JOIN remittance_order o ON o.id = c.order_id AND o.employer_id = c.employer_id AND o.state = 'draft'
        WHERE o.id IS NULL)
    THEN
        RAISE EXCEPTION 'rows of % change only while their order is a draft of that employer', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END
$$;

CREATE TABLE order_line (
    order_id bigint NOT NULL,
    employer_id bigint NOT NULL,
    person_id bigint NOT NULL,
    month date NOT NULL,                    -- for a lump sum a label only (D-6)
    amount_fen bigint NOT NULL,
    source text NOT NULL,                   -- where the amount came from: file, carried, designated
    carry_over boolean NOT NULL DEFAULT true,   -- false: 仅本月
    CONSTRAINT order_line_pk PRIMARY KEY (order_id, person_id, month),
    CONSTRAINT order_line_of_order FOREIGN KEY (order_id) REFERENCES remittance_order,
    CONSTRAINT order_line_of_person FOREIGN KEY (person_id) REFERENCES person,
    CONSTRAINT order_line_amount_positive CHECK (amount_fen > 0),
    CONSTRAINT order_line_source_known CHECK (source IN ('file', 'carried', 'designated')),
    CONSTRAINT order_line_month_is_first_day CHECK (extract(day FROM month) = 1)
);
CREATE INDEX order_line_by_person ON order_line (person_id, month);
-- The next month's default is the last designated amount: few lines have one, so nobody reads a history of years for it.
CREATE INDEX order_line_designated ON order_line (person_id, month) WHERE source = 'designated' AND carry_over;
CREATE TRIGGER order_line_added_to_draft AFTER INSERT ON order_line REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION lines_of_drafts_only();
CREATE TRIGGER order_line_changed_in_draft AFTER UPDATE ON order_line REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION lines_of_drafts_only();
CREATE TRIGGER order_line_changed_to_draft AFTER UPDATE ON order_line REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION lines_of_drafts_only();
CREATE TRIGGER order_line_taken_from_draft AFTER DELETE ON order_line REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION lines_of_drafts_only();
CREATE TRIGGER order_line_never_emptied BEFORE TRUNCATE ON order_line
    FOR EACH STATEMENT EXECUTE FUNCTION refused();

-- The months that a 漏缴 lump sum makes good.
CREATE TABLE lump_cover (
    order_id bigint NOT NULL,
    employer_id bigint NOT NULL,
    person_id bigint NOT NULL,
    month date NOT NULL,
    CONSTRAINT lump_cover_pk PRIMARY KEY (order_id, person_id, month),
    CONSTRAINT lump_cover_of_order FOREIGN KEY (order_id) REFERENCES remittance_order,
    CONSTRAINT lump_cover_of_person FOREIGN KEY (person_id) REFERENCES person,
    CONSTRAINT lump_cover_month_is_first_day CHECK (extract(day FROM month) = 1)
);
CREATE TRIGGER lump_cover_added_to_draft AFTER INSERT ON lump_cover REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION lines_of_drafts_only();
CREATE TRIGGER lump_cover_changed_in_draft AFTER UPDATE ON lump_cover REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION lines_of_drafts_only();
CREATE TRIGGER lump_cover_changed_to_draft AFTER UPDATE ON lump_cover REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION lines_of_drafts_only();
CREATE TRIGGER lump_cover_taken_from_draft AFTER DELETE ON lump_cover REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION lines_of_drafts_only();
CREATE TRIGGER lump_cover_never_emptied BEFORE TRUNCATE ON lump_cover
    FOR EACH STATEMENT EXECUTE FUNCTION refused();

-- I9, I12, D-4: a person's month is live once over all employers, orders and backfill alike. Made on submit, released on
-- return, rejection, retraction, cancellation and correction.
CREATE TABLE claim (
    person_id bigint NOT NULL,
    month date NOT NULL,
    employer_id bigint NOT NULL,
    order_id bigint,                        -- NULL: claimed by a backfill
    application_id bigint,                  -- of the backfill (缴款历史补录)
    CONSTRAINT claim_once PRIMARY KEY (person_id, month),
    CONSTRAINT claim_of_person FOREIGN KEY (person_id) REFERENCES person,
    CONSTRAINT claim_of_order FOREIGN KEY (order_id) REFERENCES remittance_order,
    CONSTRAINT claim_month_is_first_day CHECK (extract(day FROM month) = 1),
    CONSTRAINT claim_held_by_one CHECK (num_nonnulls(order_id, application_id) = 1)
);
CREATE INDEX claim_by_order ON claim (order_id);

-- Bank accounts, statements, lines ------------------------------------------------------------------------------------
CREATE TABLE bank_account (
    id bigint GENERATED ALWAYS AS IDENTITY,
    number text NOT NULL,
    name text NOT NULL,
    bank_name text NOT NULL DEFAULT '',
    currency text NOT NULL DEFAULT 'CNY',
    source text NOT NULL,                   -- the one bank profile whose statements are believed for this account
    proven_closing_fen bigint NOT NULL,     -- starts as the balance at registration, then follows each proven statement
    proven_through date,                    -- the last day that a proven statement covers
    CONSTRAINT bank_account_pk PRIMARY KEY (id),
    CONSTRAINT bank_account_number_once UNIQUE (number)
);

CREATE TABLE statement (
    id bigint GENERATED ALWAYS AS IDENTITY,
    source text NOT NULL,                   -- name of the bank profile
    sha256 bytea NOT NULL,                  -- of the file's bytes as received
    filename text NOT NULL,
    size_bytes bigint NOT NULL,
    received_from text NOT NULL,            -- queue, command line, portal, demo
    uploaded_by text,                       -- the person who uploaded it; NULL when a machine delivered it
    received_at timestamptz NOT NULL DEFAULT now(),
    state text NOT NULL DEFAULT 'received',
        -- received -> staged      its lines stand in staged_line, unproven
        -- received -> refused     wrong as a whole: the reason stands in findings, the bytes are kept
        -- staged -> proven        complete, of our account, and the balance chains
        -- staged -> held          waits for another person's release, or for the statement that is missing before it
        -- staged -> refused
        -- held -> staged          released, or the missing statement has come
        -- proven -> reconciled    every line decided
    findings jsonb NOT NULL DEFAULT '[]',   -- what was found wrong: code and facts; the library renders the words
    waits_for_gap boolean NOT NULL DEFAULT false,   -- held only because the balance does not chain yet
    account_id bigint,
    facts jsonb,                            -- what the reader found: period, balances, counts
    staged_lines integer NOT NULL DEFAULT 0,
    matched_lines integer NOT NULL DEFAULT 0,
    new_lines integer NOT NULL DEFAULT 0,   -- of the matched ones, those the account did not have yet
    cursor jsonb,                           -- canonical place of the last matched line
    finished_at timestamptz,
    -- A worker holds a statement by a lease; each take-over raises the epoch, and every batch checks its epoch first, so
    -- that a frozen worker that wakes up writes nothing.
    tries integer NOT NULL DEFAULT 0,       -- take-overs since it last got further; a file that kills its readers is parked
    lease_epoch bigint NOT NULL DEFAULT 0,
    lease_until timestamptz,
    leased_by text,
    CONSTRAINT statement_pk PRIMARY KEY (id),
    CONSTRAINT statement_once UNIQUE (source, sha256),
    CONSTRAINT statement_of_account FOREIGN KEY (account_id) REFERENCES bank_account,
    CONSTRAINT statement_state_known CHECK (state IN ('received', 'staged', 'held', 'proven', 'reconciled', 'refused')),
    CONSTRAINT statement_gap_only_when_held CHECK (NOT waits_for_gap OR state = 'held'),
    CONSTRAINT statement_finished_when CHECK ((state IN ('reconciled', 'refused')) = (finished_at IS NOT NULL)),
    CONSTRAINT statement_account_known_when_proven CHECK (state NOT IN ('proven', 'reconciled') OR account_id IS NOT NULL)
);
CREATE INDEX statement_work ON statement (id) WHERE state IN ('received', 'staged', 'proven');
CREATE INDEX statement_by_account ON statement (account_id, state);

-- The inbox: what the sender called it. The same id with other bytes is refused.
CREATE TABLE statement_delivery (
    source text NOT NULL,
    message_id text NOT NULL,
    statement_id bigint NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT statement_delivery_once PRIMARY KEY (source, message_id),
    CONSTRAINT statement_delivery_of_statement FOREIGN KEY (statement_id) REFERENCES statement
);

CREATE TABLE statement_chunk (
    statement_id bigint NOT NULL,
    seq integer NOT NULL,
    bytes bytea NOT NULL,
    CONSTRAINT statement_chunk_pk PRIMARY KEY (statement_id, seq),
    CONSTRAINT statement_chunk_of_statement FOREIGN KEY (statement_id) REFERENCES statement,
    CONSTRAINT statement_chunk_size CHECK (length(bytes) <= 1048576)
);
-- Read once, in order: compressing would only cost time.
ALTER TABLE statement_chunk ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- A second person lets a held statement through.
CREATE TABLE statement_release (
    statement_id bigint NOT NULL,
    released_by text NOT NULL,
    released_at timestamptz NOT NULL DEFAULT now(),
    note text NOT NULL,
    findings jsonb NOT NULL,                -- what the person saw and let through
    CONSTRAINT statement_release_once PRIMARY KEY (statement_id),
    CONSTRAINT statement_release_of_statement FOREIGN KEY (statement_id) REFERENCES statement
);

-- Unproven lines. A refused or held file must never occupy the unique key of real lines. UNLOGGED: everything here can be
-- read again from statement_chunk, and is when the count does not fit after a crash of the server.
-- The key is the canonical order of a statement (I34): whatever the order in the file, lines are decided by day, then the
-- bank's own number, then content.
CREATE UNLOGGED TABLE staged_line (
    statement_id bigint NOT NULL,
    booked date NOT NULL,
    bank_ref text COLLATE "C" NOT NULL,     -- FITID or the bank's serial number; '' when it gives none
    fingerprint bytea NOT NULL,
    ordinal integer NOT NULL,               -- place in the file
    direction text NOT NULL,
    amount_fen bigint NOT NULL,
    currency text NOT NULL,
    memo text NOT NULL,
    raw_memo text,                          -- NULL when the bank put nothing before the payer's words
    payer_name text NOT NULL,
    payer_account text NOT NULL,
    payer_bank text NOT NULL,
    kind text,
    marks smallint NOT NULL,                -- 1 reversal, 2 the two readers disagree
    CONSTRAINT staged_line_canonical PRIMARY KEY (statement_id, booked, bank_ref, fingerprint, ordinal)
);

CREATE TABLE bank_line (
    id bigint GENERATED BY DEFAULT AS IDENTITY,
    account_id bigint NOT NULL,
    fingerprint bytea NOT NULL,
    occurrence integer NOT NULL,            -- two equal payments on one day both live: 0, 1, …
    statement_id bigint NOT NULL,
    ordinal integer NOT NULL,
    booked date NOT NULL,
    bank_ref text NOT NULL,
    direction text NOT NULL,
    amount_fen bigint NOT NULL,
    currency text NOT NULL,
    memo text NOT NULL,
    raw_memo text,
    payer_name text NOT NULL,
    payer_account text NOT NULL,
    payer_bank text NOT NULL,
    disposition text NOT NULL,
        -- settled   exact memo, exact amount, open notice: credited to the ledgers at once
        -- refund    flagged to go back to where it came from: a case stands open
        -- hold      a person must look: a case stands open
        -- other     no remittance: interest, fee, own transfer, a debit …
    decision jsonb NOT NULL,                -- every check run, with the facts compared and the library's version
    CONSTRAINT bank_line_pk PRIMARY KEY (id),
    CONSTRAINT bank_line_once UNIQUE (account_id, fingerprint, occurrence),
    CONSTRAINT bank_line_of_account FOREIGN KEY (account_id) REFERENCES bank_account,
    CONSTRAINT bank_line_of_statement FOREIGN KEY (statement_id) REFERENCES statement,
    CONSTRAINT bank_line_direction_known CHECK (direction IN ('credit', 'debit')),
    CONSTRAINT bank_line_amount_not_negative CHECK (amount_fen >= 0),
    CONSTRAINT bank_line_disposition_known CHECK (disposition IN ('settled', 'refund', 'hold', 'other'))
);
CREATE INDEX bank_line_by_statement ON bank_line (statement_id, id);
CREATE INDEX bank_line_by_day ON bank_line (account_id, booked);

-- Money: moved by services/store/posting.py alone ---------------------------------------------------------------------
CREATE TABLE settlement (
    notice_id bigint NOT NULL,              -- I27: a notice is paid at most once
    employer_id bigint NOT NULL,
    amount_fen bigint NOT NULL,
    settled_at timestamptz NOT NULL DEFAULT now(),
    settled_by text NOT NULL DEFAULT current_actor(),
    paid_on date,                           -- the day of its bank line; an employer reads no bank lines
    CONSTRAINT settlement_once PRIMARY KEY (notice_id),
    CONSTRAINT settlement_of_notice FOREIGN KEY (notice_id) REFERENCES payment_notice
);

-- A line goes whole to one notice; today's policy settles from exactly one line, the table would allow several (D-11).
CREATE TABLE allocation (
    line_id bigint NOT NULL,
    notice_id bigint NOT NULL,
    amount_fen bigint NOT NULL,
    CONSTRAINT allocation_once PRIMARY KEY (line_id),
    CONSTRAINT allocation_of_line FOREIGN KEY (line_id) REFERENCES bank_line,
    CONSTRAINT allocation_of_settlement FOREIGN KEY (notice_id) REFERENCES settlement,
    CONSTRAINT allocation_amount_positive CHECK (amount_fen > 0)
);
CREATE INDEX allocation_by_notice ON allocation (notice_id);

CREATE TABLE ledger_entry (
    id bigint GENERATED ALWAYS AS IDENTITY,
    person_id bigint NOT NULL,
    employer_id bigint NOT NULL,
    month date NOT NULL,
    kind text NOT NULL,                     -- the order's kind, or opening, backfill, withdrawal, correction
    amount_fen bigint NOT NULL,             -- signed
    order_id bigint,
    posted_at timestamptz NOT NULL DEFAULT now(),
    application_id bigint,                  -- what it was posted for, where that is no order
    payment_id bigint,                      -- of a withdrawal
    CONSTRAINT ledger_entry_pk PRIMARY KEY (id),
    -- I4: each line of an order is credited once.
    CONSTRAINT ledger_entry_once UNIQUE (order_id, person_id, month, kind),
    CONSTRAINT ledger_entry_of_person FOREIGN KEY (person_id) REFERENCES person,
    CONSTRAINT ledger_entry_kind_known CHECK (kind IN ('regular', 'monthly', 'lump_difference', 'lump_missed', 'opening',
        'backfill', 'withdrawal', 'correction')),
    CONSTRAINT ledger_entry_not_zero CHECK (amount_fen <> 0)
);
CREATE INDEX ledger_entry_by_person ON ledger_entry (person_id, month);
-- Finance looks for the openings that wait; of all that stands in the ledgers they are few.
CREATE INDEX ledger_entry_openings ON ledger_entry (employer_id, person_id) WHERE kind = 'opening';
CREATE TRIGGER ledger_entry_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION only_ever_added();

-- Every credit that did not settle has one case; so has a debit that a person must look at.
CREATE TABLE line_case (
    id bigint GENERATED ALWAYS AS IDENTITY,
    line_id bigint NOT NULL,
    kind text NOT NULL,                     -- refund, hold
    reason text NOT NULL,                   -- libsubsidy.RefundReason or HoldReason
    state text NOT NULL DEFAULT 'open',
        -- open -> assigned        a person found the notice it pays (posting.assign)
        -- open -> batched -> approved -> sent -> completed   refunded to the account it came from
        -- batched, approved -> open                          taken out of its batch
        -- sent -> returned -> open                           退票: it came back
        -- open -> closed          a hold on a debit was looked at
    direction text NOT NULL,
    amount_fen bigint NOT NULL,
    currency text NOT NULL,
    payer_name text NOT NULL,
    payer_account text NOT NULL,
    payer_bank text NOT NULL,
    employer_id bigint,                     -- whom the memo names, if it names anybody: that employer may see the case
    proposed_memo text,                     -- what a near miss was probably meant to be
    opened_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT line_case_pk PRIMARY KEY (id),
    CONSTRAINT line_case_once UNIQUE (line_id),
    CONSTRAINT line_case_of_line FOREIGN KEY (line_id) REFERENCES bank_line,
    CONSTRAINT line_case_of_employer FOREIGN KEY (employer_id) REFERENCES employer,
    CONSTRAINT line_case_kind_known CHECK (kind IN ('refund', 'hold')),
    CONSTRAINT line_case_state_known CHECK (state IN ('open', 'assigned', 'batched', 'approved', 'sent', 'completed',
        'returned', 'closed')),
    -- Only money that came in can go back, and only to an account that is known (I7).
    CONSTRAINT line_case_refund_of_credit CHECK (direction = 'credit' OR state IN ('open', 'closed')),
    CONSTRAINT line_case_refund_knows_account CHECK (
        payer_account <> '' OR state IN ('open', 'assigned', 'closed'))
);
CREATE INDEX line_case_open ON line_case (id) WHERE state = 'open';
CREATE INDEX line_case_by_employer ON line_case (employer_id, id) WHERE employer_id IS NOT NULL;

-- Each try to send the money of a case back; at most one is under way.
CREATE TABLE refund_attempt (
    id bigint GENERATED ALWAYS AS IDENTITY,
    case_id bigint NOT NULL,
    state text NOT NULL DEFAULT 'batched',  -- batched -> approved -> sent -> completed | returned; batched, approved -> dropped
    amount_fen bigint NOT NULL,
    payee_name text NOT NULL,
    payee_account text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT refund_attempt_pk PRIMARY KEY (id),
    CONSTRAINT refund_attempt_of_case FOREIGN KEY (case_id) REFERENCES line_case,
    CONSTRAINT refund_attempt_state_known CHECK (state IN ('batched', 'approved', 'sent', 'completed', 'returned', 'dropped')),
    CONSTRAINT refund_attempt_amount_positive CHECK (amount_fen > 0)
);
CREATE UNIQUE INDEX refund_attempt_one_at_a_time ON refund_attempt (case_id)
    WHERE state IN ('batched', 'approved', 'sent', 'completed');

-- Events out and the trail --------------------------------------------------------------------------------------------
-- Written in the transaction of the fact, taken away once the broker has confirmed (services/bus/relay.py).
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY,
    type text NOT NULL,                     -- routing key, such as remittance.settled.v1
    subject text NOT NULL,                  -- such as notice/17
    body jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT outbox_pk PRIMARY KEY (id)
);
CREATE FUNCTION outbox_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NOTIFY outbox;
    RETURN NULL;
END
$$;
CREATE TRIGGER outbox_wakes_relay AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION outbox_notify();

-- Who changed the state of what, when, from where.
CREATE TABLE audit_event (
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL DEFAULT current_actor(),
    origin text NOT NULL DEFAULT current_origin(),
    employer_id bigint,
    subject_kind text NOT NULL,             -- order, notice, statement, case, employment …
    subject_id bigint NOT NULL,
    from_state text NOT NULL DEFAULT '',
    to_state text NOT NULL,
    reason text NOT NULL DEFAULT '',
    txid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    CONSTRAINT audit_event_pk PRIMARY KEY (id)
);
CREATE INDEX audit_event_by_subject ON audit_event (subject_kind, subject_id);
-- News for whoever watches: the portal follows the trail by (txid, id), which is the order in which it became visible as
-- long as only transactions older than every open one are read.
CREATE INDEX audit_event_by_transaction ON audit_event (txid, id);
CREATE FUNCTION audit_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NOTIFY audit;
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_event_wakes_watchers AFTER INSERT ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION audit_notify();
CREATE TRIGGER audit_event_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION only_ever_added();

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
    mobile text NOT NULL DEFAULT '',        -- where codes are sent; empty: none on file
    password_kind text NOT NULL DEFAULT 'own',
        -- own       chosen by the user
        -- initial   by rule from the employer's codes, not in password_hash; needs a code besides (design §12, D-1)
        -- one_time  made up by the portal
        -- initial, one_time -> own by the change that must come first (F10)
    password_ends_at timestamptz,           -- when one that is not the user's own opens nothing any more
    activation_hash bytea,                  -- of the bureau's code, where an initial password has no mobile on file
    CONSTRAINT portal_user_pk PRIMARY KEY (id),
    CONSTRAINT portal_user_login_once UNIQUE (login),
    CONSTRAINT portal_user_of_employer FOREIGN KEY (employer_id) REFERENCES employer,
    CONSTRAINT portal_user_of_person FOREIGN KEY (person_id) REFERENCES person,
    CONSTRAINT portal_user_login_form CHECK (login ~ '^[0-9A-Z._@]{3,64}$'),
    CONSTRAINT portal_user_name_length CHECK (length(name) BETWEEN 1 AND 100),
    CONSTRAINT portal_user_role_known CHECK (
        role IN ('employer', 'employer_clerk', 'employer_checker', 'reviewer', 'finance_maker', 'finance_checker', 'auditor',
                 'employee')),
    CONSTRAINT portal_user_has_its_tenant CHECK (
        (role IN ('employer', 'employer_clerk', 'employer_checker')) = (employer_id IS NOT NULL)
        AND (role = 'employee') = (person_id IS NOT NULL)),
    CONSTRAINT portal_user_state_known CHECK (state IN ('active', 'disabled')),
    CONSTRAINT portal_user_mobile_form CHECK (mobile ~ '^(1[3-9][0-9]{9})?$'),
    CONSTRAINT portal_user_password_kind_known CHECK (password_kind IN ('own', 'initial', 'one_time')),
    CONSTRAINT portal_user_password_ends CHECK ((password_kind = 'own') = (password_ends_at IS NULL)),
    CONSTRAINT portal_user_initial_of_employer CHECK (password_kind <> 'initial' OR role = 'employer'),
    CONSTRAINT portal_user_activates_initial CHECK (activation_hash IS NULL OR password_kind = 'initial')
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
    kind text NOT NULL,
        -- employee_opening    职工开户
        -- employee_import     职工批量导入
        -- employer_change     单位信息变更
        -- information_change  单位管理-信息变更
        -- employee_change     职工信息变更
        -- employee_transfer   员工转出, where the bureau has to agree, too (D-10)
        -- backfill            缴款历史补录
        -- withdrawal          支取申请
    state text NOT NULL DEFAULT 'submitted',
        -- as libsubsidy.APPLICATION_LIFE
    version integer NOT NULL DEFAULT 1,     -- a change must name the version it saw (STALE_VERSION)
    contents jsonb NOT NULL,
    line_count integer NOT NULL,            -- how many people or things it is about
    total_fen bigint NOT NULL,              -- what they come to; 0 for a kind without money
    remark text NOT NULL DEFAULT '',        -- why it was returned or rejected
    submitted_at timestamptz NOT NULL DEFAULT now(),
    decided_at timestamptz,
    prepared_by text NOT NULL DEFAULT current_actor(), -- who wrote the contents; never hands them in for a colleague
    person_count integer NOT NULL,          -- how many people it is about; a backfill has several lines of one
    CONSTRAINT application_pk PRIMARY KEY (id),
    CONSTRAINT application_of_employer FOREIGN KEY (employer_id) REFERENCES employer,
    CONSTRAINT application_kind_known CHECK (kind IN (
        'employee_opening', 'employee_import', 'employer_change', 'information_change', 'employee_change', 'employee_transfer',
        'backfill', 'withdrawal')),
    CONSTRAINT application_state_known CHECK (
        state IN ('draft', 'submitted', 'in_review', 'returned', 'retracted', 'rejected', 'approved')),
    CONSTRAINT application_not_empty CHECK (line_count > 0),
    CONSTRAINT application_decided_when CHECK ((state IN ('approved', 'returned', 'rejected')) = (decided_at IS NOT NULL)),
    CONSTRAINT application_people CHECK (person_count BETWEEN 0 AND line_count)
);
CREATE INDEX application_by_employer ON application (employer_id, submitted_at, id);
CREATE INDEX application_by_submission ON application (submitted_at, id);
CREATE INDEX application_work ON application (submitted_at, id) WHERE state IN ('submitted', 'in_review');
-- I21: the moves of libsubsidy, and a test compares the two.
CREATE TRIGGER application_moves BEFORE UPDATE OF state ON application FOR EACH ROW
    WHEN (OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('draft', 'submitted'), ('draft', 'retracted'),
        ('submitted', 'in_review'), ('submitted', 'retracted'), ('submitted', 'approved'),
        ('submitted', 'returned'), ('submitted', 'rejected'), ('in_review', 'approved'), ('in_review', 'returned'),
        ('in_review', 'rejected'), ('returned', 'draft'), ('retracted', 'draft')))
    EXECUTE FUNCTION refused();
CREATE TRIGGER application_frozen
    BEFORE UPDATE OF employer_id, kind, contents, line_count, person_count, total_fen ON application
    FOR EACH ROW WHEN (OLD.state <> 'draft'
        AND (OLD.employer_id, OLD.kind, OLD.contents, OLD.line_count, OLD.person_count, OLD.total_fen) IS DISTINCT FROM
            (NEW.employer_id, NEW.kind, NEW.contents, NEW.line_count, NEW.person_count, NEW.total_fen))
    EXECUTE FUNCTION refused();

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

-- Who may do what -----------------------------------------------------------------------------------------------------
GRANT USAGE ON SCHEMA public TO subsidy_employer, subsidy_bureau, subsidy_person, subsidy_auth, subsidy_worker;

GRANT SELECT ON employer TO subsidy_bureau, subsidy_worker;
-- Of other employers an employer learns name and code only (F69): MONTH_ALREADY_LIVE and the target of a transfer name
-- them. A person learns who paid; whoever logs in is found by any of the codes.
GRANT SELECT (id, code, name, state, initialised_at) ON employer TO subsidy_employer;
GRANT SELECT (id, code, name) ON employer TO subsidy_person;
GRANT SELECT (id, code, org_code, credit_code, state) ON employer TO subsidy_auth;
GRANT INSERT, UPDATE ON employer TO subsidy_bureau;
GRANT USAGE ON SEQUENCE employer_code_seq TO subsidy_bureau;

GRANT SELECT ON person, employment, file_amount TO subsidy_employer, subsidy_bureau, subsidy_person;
GRANT INSERT, UPDATE ON person, employment, file_amount TO subsidy_bureau;

GRANT SELECT, INSERT, UPDATE ON remittance_order TO subsidy_employer, subsidy_bureau;
GRANT SELECT, UPDATE ON remittance_order TO subsidy_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON order_line, lump_cover TO subsidy_employer;
GRANT SELECT ON order_line, lump_cover TO subsidy_bureau, subsidy_worker, subsidy_person;
GRANT SELECT, INSERT, DELETE ON claim TO subsidy_employer, subsidy_bureau;
GRANT SELECT ON payment_notice TO subsidy_employer;
GRANT SELECT, INSERT, UPDATE ON payment_notice TO subsidy_bureau;
GRANT SELECT, UPDATE ON payment_notice TO subsidy_worker;

GRANT SELECT ON bank_account TO subsidy_bureau, subsidy_worker;
GRANT INSERT ON bank_account TO subsidy_bureau;
GRANT UPDATE ON bank_account TO subsidy_worker;
GRANT SELECT, INSERT, UPDATE ON statement TO subsidy_worker, subsidy_bureau;
GRANT SELECT, INSERT ON statement_delivery, statement_chunk TO subsidy_worker, subsidy_bureau;
GRANT SELECT, INSERT, UPDATE ON statement_release TO subsidy_bureau;
GRANT SELECT ON statement_release TO subsidy_worker;
GRANT SELECT, INSERT, DELETE ON staged_line TO subsidy_worker;
GRANT SELECT ON staged_line TO subsidy_bureau;
GRANT SELECT ON bank_line TO subsidy_bureau;
GRANT SELECT, INSERT ON bank_line TO subsidy_worker;
GRANT USAGE ON SEQUENCE bank_line_id_seq TO subsidy_worker;

GRANT SELECT ON settlement TO subsidy_employer, subsidy_bureau;
GRANT SELECT, INSERT ON settlement TO subsidy_worker;
GRANT INSERT ON settlement TO subsidy_bureau;
GRANT SELECT, INSERT ON allocation TO subsidy_worker, subsidy_bureau;
GRANT SELECT ON ledger_entry TO subsidy_employer, subsidy_person;
GRANT SELECT, INSERT ON ledger_entry TO subsidy_worker, subsidy_bureau;
GRANT SELECT ON line_case TO subsidy_employer;
GRANT SELECT, INSERT ON line_case TO subsidy_worker;
GRANT SELECT, UPDATE ON line_case TO subsidy_bureau;
GRANT SELECT, INSERT, UPDATE ON refund_attempt TO subsidy_bureau;
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox TO subsidy_worker;  -- UPDATE: to lock rows
GRANT INSERT ON outbox TO subsidy_bureau;
GRANT INSERT ON audit_event TO subsidy_employer, subsidy_bureau, subsidy_person, subsidy_auth, subsidy_worker;
GRANT SELECT ON audit_event TO subsidy_employer, subsidy_bureau, subsidy_worker;

-- Row security: FORCE, so that not even the owner of the tables reads past it.
ALTER TABLE employer ENABLE ROW LEVEL SECURITY;
ALTER TABLE employer FORCE ROW LEVEL SECURITY;
CREATE POLICY employer_read ON employer FOR SELECT TO subsidy_employer, subsidy_auth USING (true);
CREATE POLICY employer_person ON employer FOR SELECT TO subsidy_person USING (
    EXISTS (SELECT FROM employment e WHERE e.employer_id = employer.id AND e.person_id = current_person_id()));
CREATE POLICY employer_bureau ON employer TO subsidy_bureau, subsidy_worker USING (true) WITH CHECK (true);

ALTER TABLE person ENABLE ROW LEVEL SECURITY;
ALTER TABLE person FORCE ROW LEVEL SECURITY;
CREATE POLICY person_own ON person FOR SELECT TO subsidy_person USING (id = current_person_id());
CREATE POLICY person_employed ON person FOR SELECT TO subsidy_employer USING (
    EXISTS (SELECT FROM employment e WHERE e.person_id = person.id AND e.employer_id = current_employer_id()));
CREATE POLICY person_bureau ON person TO subsidy_bureau USING (true) WITH CHECK (true);

ALTER TABLE employment ENABLE ROW LEVEL SECURITY;
ALTER TABLE employment FORCE ROW LEVEL SECURITY;
CREATE POLICY employment_employer ON employment TO subsidy_employer
    USING (employer_id = current_employer_id()) WITH CHECK (employer_id = current_employer_id());
CREATE POLICY employment_person ON employment FOR SELECT TO subsidy_person USING (person_id = current_person_id());
CREATE POLICY employment_bureau ON employment TO subsidy_bureau USING (true) WITH CHECK (true);

ALTER TABLE file_amount ENABLE ROW LEVEL SECURITY;
ALTER TABLE file_amount FORCE ROW LEVEL SECURITY;
CREATE POLICY file_amount_employer ON file_amount FOR SELECT TO subsidy_employer
    USING (employer_id = current_employer_id());
CREATE POLICY file_amount_person ON file_amount FOR SELECT TO subsidy_person
    USING (EXISTS (SELECT FROM employment e WHERE e.id = employment_id AND e.person_id = current_person_id()));
CREATE POLICY file_amount_bureau ON file_amount TO subsidy_bureau USING (true) WITH CHECK (true);

ALTER TABLE remittance_order ENABLE ROW LEVEL SECURITY;
ALTER TABLE remittance_order FORCE ROW LEVEL SECURITY;
CREATE POLICY remittance_order_employer_read ON remittance_order FOR SELECT TO subsidy_employer
    USING (employer_id = current_employer_id());
CREATE POLICY remittance_order_employer_add ON remittance_order FOR INSERT TO subsidy_employer
    WITH CHECK (employer_id = current_employer_id() AND state = 'draft');
-- Approving, returning and cancelling are the bureau's.
CREATE POLICY remittance_order_employer_change ON remittance_order FOR UPDATE TO subsidy_employer
    USING (employer_id = current_employer_id() AND state IN ('draft', 'submitted', 'returned', 'retracted'))
    WITH CHECK (employer_id = current_employer_id() AND state IN ('draft', 'submitted', 'retracted'));
CREATE POLICY remittance_order_bureau ON remittance_order TO subsidy_bureau, subsidy_worker
    USING (true) WITH CHECK (true);

ALTER TABLE order_line ENABLE ROW LEVEL SECURITY;
ALTER TABLE order_line FORCE ROW LEVEL SECURITY;
CREATE POLICY order_line_employer ON order_line TO subsidy_employer
    USING (employer_id = current_employer_id()) WITH CHECK (employer_id = current_employer_id());
CREATE POLICY order_line_person ON order_line FOR SELECT TO subsidy_person USING (person_id = current_person_id());
CREATE POLICY order_line_bureau ON order_line FOR SELECT TO subsidy_bureau, subsidy_worker USING (true);

ALTER TABLE lump_cover ENABLE ROW LEVEL SECURITY;
ALTER TABLE lump_cover FORCE ROW LEVEL SECURITY;
CREATE POLICY lump_cover_employer ON lump_cover TO subsidy_employer
    USING (employer_id = current_employer_id()) WITH CHECK (employer_id = current_employer_id());
CREATE POLICY lump_cover_person ON lump_cover FOR SELECT TO subsidy_person USING (person_id = current_person_id());
CREATE POLICY lump_cover_bureau ON lump_cover FOR SELECT TO subsidy_bureau, subsidy_worker USING (true);

ALTER TABLE claim ENABLE ROW LEVEL SECURITY;
ALTER TABLE claim FORCE ROW LEVEL SECURITY;
-- An employer may learn that a month of its own employee, while employed there, is taken, and by whom (MONTH_ALREADY_LIVE names it).
CREATE POLICY claim_employer_read ON claim FOR SELECT TO subsidy_employer USING (
    employer_id = current_employer_id()
    OR EXISTS (SELECT FROM employment e WHERE e.person_id = claim.person_id AND e.employer_id = current_employer_id()
                                          AND (e.state <> 'ended' OR claim.month < e.state_from)));
-- Only for an own employee and an own order: a claim of anybody else's month would block that month for all.
CREATE POLICY claim_employer_add ON claim FOR INSERT TO subsidy_employer WITH CHECK (
    employer_id = current_employer_id()
    AND order_id IN (SELECT o.id FROM remittance_order o WHERE o.employer_id = current_employer_id())
    -- Asked once for all the lines of an order, and one by one only for who has left.
    AND (person_id IN (SELECT e.person_id FROM employment e
                       WHERE e.employer_id = current_employer_id() AND e.state <> 'ended')
         OR EXISTS (SELECT FROM employment e WHERE e.employer_id = current_employer_id()
                    AND e.person_id = claim.person_id AND claim.month < e.state_from)));
-- What is approved stays claimed until the bureau cancels it: a month let go could be paid twice.
CREATE POLICY claim_employer_release ON claim FOR DELETE TO subsidy_employer USING (
    employer_id = current_employer_id()
    AND order_id IN (SELECT o.id FROM remittance_order o
                     WHERE o.employer_id = current_employer_id() AND o.state IN ('submitted', 'retracted')));
CREATE POLICY claim_bureau ON claim TO subsidy_bureau USING (true) WITH CHECK (true);

ALTER TABLE payment_notice ENABLE ROW LEVEL SECURITY;
ALTER TABLE payment_notice FORCE ROW LEVEL SECURITY;
CREATE POLICY payment_notice_employer ON payment_notice FOR SELECT TO subsidy_employer
    USING (employer_id = current_employer_id());
CREATE POLICY payment_notice_bureau ON payment_notice TO subsidy_bureau, subsidy_worker
    USING (true) WITH CHECK (true);

ALTER TABLE settlement ENABLE ROW LEVEL SECURITY;
ALTER TABLE settlement FORCE ROW LEVEL SECURITY;
CREATE POLICY settlement_employer ON settlement FOR SELECT TO subsidy_employer
    USING (employer_id = current_employer_id());
CREATE POLICY settlement_bureau ON settlement TO subsidy_bureau, subsidy_worker USING (true) WITH CHECK (true);

ALTER TABLE ledger_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger_entry FORCE ROW LEVEL SECURITY;
CREATE POLICY ledger_entry_employer ON ledger_entry FOR SELECT TO subsidy_employer
    USING (employer_id = current_employer_id());
CREATE POLICY ledger_entry_person ON ledger_entry FOR SELECT TO subsidy_person
    USING (person_id = current_person_id());
CREATE POLICY ledger_entry_bureau ON ledger_entry TO subsidy_bureau, subsidy_worker USING (true) WITH CHECK (true);

ALTER TABLE line_case ENABLE ROW LEVEL SECURITY;
ALTER TABLE line_case FORCE ROW LEVEL SECURITY;
CREATE POLICY line_case_employer ON line_case FOR SELECT TO subsidy_employer
    USING (employer_id = current_employer_id());
CREATE POLICY line_case_bureau ON line_case TO subsidy_bureau, subsidy_worker USING (true) WITH CHECK (true);

ALTER TABLE audit_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_event FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_event_add ON audit_event FOR INSERT
    TO subsidy_bureau, subsidy_person, subsidy_auth, subsidy_worker WITH CHECK (true);
CREATE POLICY audit_event_employer_add ON audit_event FOR INSERT TO subsidy_employer
    WITH CHECK (employer_id = current_employer_id());
CREATE POLICY audit_event_employer ON audit_event FOR SELECT TO subsidy_employer
    USING (employer_id = current_employer_id());
CREATE POLICY audit_event_bureau ON audit_event FOR SELECT TO subsidy_bureau, subsidy_worker USING (true);

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

-- Getting in: the first password, codes by SMS, an employer's several users --------------------------------------------
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
-- Attachments -----------------------------------------------------------------------------------------------------------
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

-- Registration of employers -------------------------------------------------------------------------------------------
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
-- The shell: what each user has set, and notes ------------------------------------------------------------------------
-- Each row is its user's own, whoever else works for the same employer.
CREATE TABLE user_preference (
    actor text NOT NULL DEFAULT current_actor(),
    folded boolean NOT NULL,                -- the menu shows its signs only
    colour text NOT NULL,
    scheme text NOT NULL,
    page_size integer NOT NULL,             -- rows that a list shows at once
    CONSTRAINT user_preference_once PRIMARY KEY (actor),
    CONSTRAINT user_preference_colour_known
        CHECK (colour IN ('blue', 'cyan', 'green', 'purple', 'red', 'brown', 'gray')),
    CONSTRAINT user_preference_scheme_known CHECK (scheme IN ('system', 'light', 'dark')),
    CONSTRAINT user_preference_page_size_known CHECK (page_size IN (10, 20, 50, 100, 200))
);
CREATE TABLE note (
    id bigint GENERATED ALWAYS AS IDENTITY,
    actor text NOT NULL DEFAULT current_actor(),
    contents text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    changed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT note_pk PRIMARY KEY (id),
    CONSTRAINT note_length CHECK (length(contents) <= 2000)
);
CREATE INDEX note_by_actor ON note (actor, id);

GRANT SELECT, INSERT, UPDATE ON user_preference TO subsidy_employer, subsidy_bureau, subsidy_person;
GRANT SELECT, INSERT, UPDATE, DELETE ON note TO subsidy_employer, subsidy_bureau, subsidy_person;
ALTER TABLE user_preference ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_preference FORCE ROW LEVEL SECURITY;
CREATE POLICY user_preference_own ON user_preference TO subsidy_employer, subsidy_bureau, subsidy_person
    USING (actor = current_actor()) WITH CHECK (actor = current_actor());
ALTER TABLE note ENABLE ROW LEVEL SECURITY;
ALTER TABLE note FORCE ROW LEVEL SECURITY;
CREATE POLICY note_own ON note TO subsidy_employer, subsidy_bureau, subsidy_person
    USING (actor = current_actor()) WITH CHECK (actor = current_actor());

-- Changes: what was before, what is after -------------------------------------------------------------------------------
CREATE TABLE change_record (
    id bigint GENERATED ALWAYS AS IDENTITY,
    employer_id bigint NOT NULL,
    employment_id bigint,                   -- whose file; NULL: the employer's own card
    field text NOT NULL,                    -- of the card or the file; the reader knows its label
    before text NOT NULL,                   -- as text; '' is nothing
    after text NOT NULL,
    effective_month date,                   -- the month from which it counts, where it counts by months
    application_id bigint,                  -- what the bureau approved; NULL: nobody had to be asked
    reason text NOT NULL DEFAULT '',
    at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL DEFAULT current_actor(),
    CONSTRAINT change_record_pk PRIMARY KEY (id),
    CONSTRAINT change_record_of_employer FOREIGN KEY (employer_id) REFERENCES employer,
    CONSTRAINT change_record_of_employment FOREIGN KEY (employment_id) REFERENCES employment,
    CONSTRAINT change_record_by_application FOREIGN KEY (application_id) REFERENCES application,
    CONSTRAINT change_record_month_is_first_day CHECK (extract(day FROM effective_month) = 1)
);
CREATE INDEX change_record_by_employer ON change_record (employer_id, id) WHERE employment_id IS NULL;
CREATE INDEX change_record_by_employment ON change_record (employment_id, id) WHERE employment_id IS NOT NULL;
CREATE TRIGGER change_record_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON change_record
    FOR EACH STATEMENT EXECUTE FUNCTION only_ever_added();
GRANT SELECT, INSERT ON change_record TO subsidy_employer, subsidy_bureau;
ALTER TABLE change_record ENABLE ROW LEVEL SECURITY;
ALTER TABLE change_record FORCE ROW LEVEL SECURITY;
CREATE POLICY change_record_employer_read ON change_record FOR SELECT TO subsidy_employer
    USING (employer_id = current_employer_id());
CREATE POLICY change_record_employer_add ON change_record FOR INSERT TO subsidy_employer WITH CHECK (
    employer_id = current_employer_id()
    AND (employment_id IS NULL OR employment_id IN (
        SELECT e.id FROM employment e WHERE e.employer_id = current_employer_id())));
CREATE POLICY change_record_bureau ON change_record TO subsidy_bureau USING (true) WITH CHECK (true);
-- F42: who logs in by the organisation code logs in by the new one; an employee's user has the employee's name.
GRANT UPDATE (login, name) ON portal_user TO subsidy_auth;

-- Sealing, unsealing, transfers -----------------------------------------------------------------------------------------
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

-- 员工初始化 and imports ----------------------------------------------------------------------------------------------------
-- What an employer types in 员工初始化, cell by cell as typed, until it is submitted; NULL: as it is on file.
CREATE TABLE initialisation_row (
    employment_id bigint NOT NULL,
    employer_id bigint NOT NULL,
    mobile text,
    rank text,
    monthly_amount text,
    opening_periods text,
    opening_amount text,
    paid_through text,
    CONSTRAINT initialisation_row_pk PRIMARY KEY (employment_id),
    CONSTRAINT initialisation_row_of_employment FOREIGN KEY (employment_id) REFERENCES employment,
    CONSTRAINT initialisation_row_of_employer FOREIGN KEY (employer_id) REFERENCES employer,
    CONSTRAINT initialisation_row_lengths CHECK (
        length(mobile) <= 200 AND length(rank) <= 200 AND length(monthly_amount) <= 200 AND length(opening_periods) <= 200
        AND length(opening_amount) <= 200 AND length(paid_through) <= 200)
);
CREATE INDEX initialisation_row_by_employer ON initialisation_row (employer_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON initialisation_row TO subsidy_employer;
ALTER TABLE initialisation_row ENABLE ROW LEVEL SECURITY;
ALTER TABLE initialisation_row FORCE ROW LEVEL SECURITY;
CREATE POLICY initialisation_row_employer ON initialisation_row TO subsidy_employer
    USING (employer_id = current_employer_id()) WITH CHECK (
        employer_id = current_employer_id()
        AND employment_id IN (SELECT e.id FROM employment e WHERE e.employer_id = current_employer_id()));

-- An uploaded list of employees (职工批量导入), from the upload until it is confirmed, dropped, or forgotten after a day.
CREATE TABLE employee_import (
    id bigint GENERATED ALWAYS AS IDENTITY,
    employer_id bigint NOT NULL DEFAULT current_employer_id(),
    file_name text NOT NULL,
    file bytea,                             -- as it came, until it is read; NULL afterwards
    replaces_id bigint,                     -- the returned application that is to be handed in anew with it
    replaces_version integer,               -- as it was seen then
    state text NOT NULL DEFAULT 'received',
        -- received -> checked | refused    every row judged, or the file as a whole cannot be taken
        -- checked -> received              judged once more, because the roster has changed meanwhile
        -- checked -> (deleted)             it has become an application
    row_count integer NOT NULL DEFAULT 0,
    rows_done integer NOT NULL DEFAULT 0,   -- for the progress that people watch
    broken_rows integer NOT NULL DEFAULT 0,
    total_fen bigint NOT NULL DEFAULT 0,    -- of every row whose amount can be read
    good_fen bigint NOT NULL DEFAULT 0,     -- of the rows without errors
    letters jsonb NOT NULL DEFAULT '{}',    -- the column of the sheet by the field, as people see it
    findings jsonb NOT NULL DEFAULT '[]',   -- why it is refused, or what the person should know
    uploaded_by text NOT NULL DEFAULT current_actor(),
    uploaded_at timestamptz NOT NULL DEFAULT now(),
    tries integer NOT NULL DEFAULT 0,       -- the fence: what another process has taken over is written by that one alone
    taken_until timestamptz,
    CONSTRAINT employee_import_pk PRIMARY KEY (id),
    CONSTRAINT employee_import_of_employer FOREIGN KEY (employer_id) REFERENCES employer,
    CONSTRAINT employee_import_replaces FOREIGN KEY (replaces_id) REFERENCES application,
    CONSTRAINT employee_import_state_known CHECK (state IN ('received', 'checked', 'refused')),
    CONSTRAINT employee_import_file_name_length CHECK (length(file_name) BETWEEN 1 AND 200),
    CONSTRAINT employee_import_file_size CHECK (length(file) <= 16777216)
);
CREATE INDEX employee_import_by_employer ON employee_import (employer_id, id);
CREATE INDEX employee_import_waiting ON employee_import (id) WHERE state = 'received';
CREATE TABLE employee_import_row (
    import_id bigint NOT NULL,
    employer_id bigint NOT NULL DEFAULT current_employer_id(),
    row_number integer NOT NULL,            -- as the spreadsheet numbers it
    cells jsonb NOT NULL,                   -- texts as they were read, by the field
    cell_problems jsonb,                    -- cells that the spreadsheet has turned into something else; NULL: none
    problems jsonb,                         -- everything that is wrong with the row; NULL: nothing
    person jsonb,                           -- as an application keeps it; NULL where a cell cannot be read
    CONSTRAINT employee_import_row_pk PRIMARY KEY (import_id, row_number),
    CONSTRAINT employee_import_row_of_import FOREIGN KEY (import_id) REFERENCES employee_import ON DELETE CASCADE
);
CREATE INDEX employee_import_row_broken ON employee_import_row (import_id, row_number) WHERE problems IS NOT NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON employee_import, employee_import_row TO subsidy_employer;
-- Who takes one up, and forgets it, sees nothing of what is in it.
GRANT SELECT (id, employer_id, state, uploaded_by, uploaded_at, tries, taken_until), UPDATE (tries, taken_until), DELETE
    ON employee_import TO subsidy_worker;
ALTER TABLE employee_import ENABLE ROW LEVEL SECURITY;
ALTER TABLE employee_import FORCE ROW LEVEL SECURITY;
ALTER TABLE employee_import_row ENABLE ROW LEVEL SECURITY;
ALTER TABLE employee_import_row FORCE ROW LEVEL SECURITY;
CREATE POLICY employee_import_employer ON employee_import TO subsidy_employer
    USING (employer_id = current_employer_id()) WITH CHECK (employer_id = current_employer_id());
CREATE POLICY employee_import_worker ON employee_import TO subsidy_worker USING (true) WITH CHECK (true);
CREATE POLICY employee_import_row_employer ON employee_import_row TO subsidy_employer
    USING (employer_id = current_employer_id()) WITH CHECK (
        employer_id = current_employer_id()
        AND import_id IN (SELECT i.id FROM employee_import i WHERE i.employer_id = current_employer_id()));

-- 个人平台: whose account is opened can have a password set; until then none fits.
GRANT SELECT (person_id), INSERT (login, role, person_id, name, password_hash) ON portal_user TO subsidy_bureau;
CREATE POLICY portal_user_bureau_add ON portal_user FOR INSERT TO subsidy_bureau
    WITH CHECK (role = 'employee' AND person_id IS NOT NULL AND password_hash = '');

-- Amounts of a month from a spreadsheet -----------------------------------------------------------------------------------
-- The amounts of a month from a spreadsheet: what a file comes to beside a draft, until it is taken, dropped, replaced by the
-- next one, or forgotten after a day.
CREATE TABLE amount_list (
    id bigint GENERATED ALWAYS AS IDENTITY,
    employer_id bigint NOT NULL DEFAULT current_employer_id(),
    order_id bigint NOT NULL,
    month date NOT NULL,                    -- whose lines it gives; of a monthly back-payment one of its months
    file_name text NOT NULL,
    row_count integer NOT NULL,
    broken_rows integer NOT NULL,
    letters jsonb NOT NULL,                 -- the column of the sheet by the field, as people see it
    findings jsonb NOT NULL,                -- what the person should know of the file
    uploaded_by text NOT NULL DEFAULT current_actor(),
    uploaded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT amount_list_pk PRIMARY KEY (id),
    CONSTRAINT amount_list_of_employer FOREIGN KEY (employer_id) REFERENCES employer,
    CONSTRAINT amount_list_of_order FOREIGN KEY (order_id) REFERENCES remittance_order ON DELETE CASCADE,
    CONSTRAINT amount_list_once UNIQUE (order_id),
    CONSTRAINT amount_list_month_is_first_day CHECK (extract(day FROM month) = 1),
    CONSTRAINT amount_list_file_name_length CHECK (length(file_name) BETWEEN 1 AND 200)
);
CREATE TABLE amount_list_row (
    list_id bigint NOT NULL,
    employer_id bigint NOT NULL DEFAULT current_employer_id(),
    row_number integer NOT NULL,            -- as the spreadsheet numbers it
    cells jsonb NOT NULL,                   -- texts as they were read, by the field
    person_id bigint,                       -- NULL for somebody who is not known here
    amount_fen bigint,                      -- the line that it gives; NULL where something is wrong
    source text,
    carry_over boolean,
    problems jsonb,                         -- everything that is wrong with the row; NULL: nothing
    CONSTRAINT amount_list_row_pk PRIMARY KEY (list_id, row_number),
    CONSTRAINT amount_list_row_of_list FOREIGN KEY (list_id) REFERENCES amount_list ON DELETE CASCADE,
    CONSTRAINT amount_list_row_of_person FOREIGN KEY (person_id) REFERENCES person,
    CONSTRAINT amount_list_row_is_line_or_wrong CHECK (
        problems IS NOT NULL AND amount_fen IS NULL AND source IS NULL AND carry_over IS NULL
        OR problems IS NULL AND person_id IS NOT NULL AND amount_fen > 0 AND carry_over IS NOT NULL
           AND source IN ('file', 'carried', 'designated'))
);
CREATE INDEX amount_list_row_broken ON amount_list_row (list_id, row_number) WHERE problems IS NOT NULL;
CREATE UNIQUE INDEX amount_list_row_person_once ON amount_list_row (list_id, person_id) WHERE problems IS NULL;

GRANT SELECT, INSERT, DELETE ON amount_list, amount_list_row TO subsidy_employer;
-- Who forgets one sees nothing of what is in it.
GRANT SELECT (id, employer_id, uploaded_at), DELETE ON amount_list TO subsidy_worker;
ALTER TABLE amount_list ENABLE ROW LEVEL SECURITY;
ALTER TABLE amount_list FORCE ROW LEVEL SECURITY;
ALTER TABLE amount_list_row ENABLE ROW LEVEL SECURITY;
ALTER TABLE amount_list_row FORCE ROW LEVEL SECURITY;
CREATE POLICY amount_list_employer ON amount_list TO subsidy_employer
    USING (employer_id = current_employer_id()) WITH CHECK (
        employer_id = current_employer_id()
        AND order_id IN (SELECT o.id FROM remittance_order o WHERE o.employer_id = current_employer_id()));
CREATE POLICY amount_list_worker ON amount_list TO subsidy_worker USING (true) WITH CHECK (true);
CREATE POLICY amount_list_row_employer ON amount_list_row TO subsidy_employer
    USING (employer_id = current_employer_id()) WITH CHECK (
        employer_id = current_employer_id()
        AND list_id IN (SELECT l.id FROM amount_list l WHERE l.employer_id = current_employer_id()));

-- 缴款历史补录 --------------------------------------------------------------------------------------------------------------
-- Its rows are the contents of its application, and hold their months like the lines of an order: from the submission on.
ALTER TABLE claim ADD CONSTRAINT claim_of_application FOREIGN KEY (application_id) REFERENCES application;
CREATE INDEX claim_by_application ON claim (application_id) WHERE application_id IS NOT NULL;
-- I4: each row of a backfill is posted once; what it takes out of an opening that it itemises is negative.
CREATE UNIQUE INDEX ledger_entry_backfilled_once ON ledger_entry (application_id, person_id, month)
    WHERE kind IN ('backfill', 'opening') AND amount_fen > 0 AND application_id IS NOT NULL;
-- Only for an own employee and an own backfill, as for an own order.
CREATE POLICY claim_backfill_add ON claim FOR INSERT TO subsidy_employer WITH CHECK (
    employer_id = current_employer_id()
    AND application_id IN (SELECT a.id FROM application a
                           WHERE a.employer_id = current_employer_id() AND a.kind = 'backfill'
                             AND a.state IN ('draft', 'submitted'))
    AND (person_id IN (SELECT e.person_id FROM employment e
                       WHERE e.employer_id = current_employer_id() AND e.state <> 'ended')
         OR EXISTS (SELECT FROM employment e WHERE e.employer_id = current_employer_id()
                    AND e.person_id = claim.person_id AND claim.month < e.state_from)));
CREATE POLICY claim_backfill_release ON claim FOR DELETE TO subsidy_employer USING (
    employer_id = current_employer_id()
    AND application_id IN (SELECT a.id FROM application a
                           WHERE a.employer_id = current_employer_id()
                             AND a.state IN ('draft', 'submitted', 'retracted')));

-- 汇缴申请: a draft that the bureau has never seen is its employer's to throw away; what was handed in once stays.
GRANT DELETE ON remittance_order TO subsidy_employer;
CREATE POLICY remittance_order_employer_throw_away ON remittance_order FOR DELETE TO subsidy_employer
    USING (employer_id = current_employer_id() AND state = 'draft' AND submitted_at IS NULL);

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
