-- A notice that was joined into another one still says what it asked money for: its orders went on, and are named here.
ALTER TABLE payment_notice ADD COLUMN joined_orders bigint[];
ALTER TABLE payment_notice NO FORCE ROW LEVEL SECURITY;  -- Else the owner finds no row to fill.
ALTER TABLE audit_event NO FORCE ROW LEVEL SECURITY;
-- Until now only the trail knows: one transaction approves orders and issues their notice; a joint one has those of its parts.
WITH RECURSIVE within AS (
    SELECT id AS joined, id AS part FROM payment_notice WHERE state = 'merged'
    UNION ALL SELECT within.joined, n.id FROM within JOIN payment_notice n ON n.merged_into = within.part),
approved AS (
    SELECT within.joined, array_agg(DISTINCT o.subject_id) AS orders
    FROM within
    JOIN audit_event i ON i.subject_kind = 'notice' AND i.subject_id = within.part AND i.from_state = ''
    JOIN audit_event o ON o.txid = i.txid AND o.at = i.at AND o.employer_id = i.employer_id
        AND o.subject_kind = 'order' AND o.to_state = 'approved'
    GROUP BY within.joined)
UPDATE payment_notice n SET joined_orders = coalesce((SELECT orders FROM approved WHERE joined = n.id), '{}')
WHERE state = 'merged';
ALTER TABLE audit_event FORCE ROW LEVEL SECURITY;
ALTER TABLE payment_notice FORCE ROW LEVEL SECURITY;
ALTER TABLE payment_notice
    ADD CONSTRAINT payment_notice_joined_names_orders CHECK ((state = 'merged') = (joined_orders IS NOT NULL));
