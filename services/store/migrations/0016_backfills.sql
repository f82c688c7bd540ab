-- 缴款历史补录: an application whose rows hold their months as the lines of an order do, and are posted when it is approved.
ALTER TABLE application DROP CONSTRAINT application_kind_known;
ALTER TABLE application ADD CONSTRAINT application_kind_known CHECK (kind IN (
    'employee_opening', 'employee_import', 'employer_change', 'information_change', 'employee_change', 'employee_transfer',
    'backfill'));

-- What holds a month is an order or a backfill, and never nobody knows what.
ALTER TABLE claim
    ADD COLUMN application_id bigint,       -- of the backfill
    ADD CONSTRAINT claim_held_by_one CHECK (num_nonnulls(order_id, application_id) = 1);
ALTER TABLE ledger_entry ADD COLUMN application_id bigint;  -- what it was posted for, where that is no order

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
