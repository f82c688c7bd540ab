-- The floor of reconciling: all rows of a statement, written by one statement from lines that were read before.
-- $1 account, $2 statement, $3 the library's version. It knows only what the made-up lines need: an exact payment settles,
-- anything else has no memo; it trusts its input where the reconciler proves, and does everything in one transaction.
WITH matched AS (
    SELECT l.*, nextval('bank_line_id_seq') AS id, n.id AS notice_id, n.employer_id, n.employer_code, n.order_code
    FROM read_line l
    LEFT JOIN payment_notice n ON l.memo ~ '^[0-9]{5}x[0-9A-Z]{4}o'
        AND n.employer_code = substr(l.memo, 1, 5) AND n.order_code = substr(l.memo, 7, 4)
        AND n.amount_fen = l.amount_fen AND n.state = 'awaiting'),
written AS (
    INSERT INTO bank_line (id, account_id, fingerprint, occurrence, statement_id, ordinal, booked, bank_ref, direction,
                           amount_fen, currency, memo, raw_memo, payer_name, payer_account, payer_bank, disposition, decision)
    SELECT id, $1, fingerprint, 0, $2, ordinal, booked, bank_ref, 'credit', amount_fen, 'CNY', memo, raw_memo, payer_name,
           payer_account, payer_bank, CASE WHEN notice_id IS NULL THEN 'refund' ELSE 'settled' END,
           CASE WHEN notice_id IS NULL
               THEN '{"library":"' || $3 || '","outcome":"refund","reason":"MEMO_MISSING","checks":"pppppf----p","facts":{"memo":"'
                   || memo || '"},"problems":[["MEMO_MISSING",{}]]}'
               ELSE '{"library":"' || $3 || '","outcome":"settle","notice_id":' || notice_id
                   || ',"checks":"pppppppppp-","facts":{"employer_code":"' || employer_code || '","order_code":"' || order_code
                   || '","paid_fen":' || amount_fen || ',"due_fen":' || amount_fen || '}}'
           END::jsonb
    FROM matched),
pair AS (SELECT id AS line_id, notice_id, employer_id, employer_code, order_code, amount_fen, booked
         FROM matched WHERE notice_id IS NOT NULL),
settled AS (
    INSERT INTO settlement (notice_id, employer_id, amount_fen, paid_on)
    SELECT notice_id, employer_id, amount_fen, booked FROM pair),
allocated AS (INSERT INTO allocation (line_id, notice_id, amount_fen) SELECT line_id, notice_id, amount_fen FROM pair),
paid AS (
    UPDATE payment_notice n SET state = 'paid', decided_at = now() FROM pair WHERE n.id = pair.notice_id
    RETURNING n.id, n.employer_id),
credited AS (
    UPDATE remittance_order o SET state = 'credited', version = version + 1 FROM pair WHERE o.notice_id = pair.notice_id
    RETURNING o.id, o.employer_id, o.kind),
posted AS (
    INSERT INTO ledger_entry (person_id, employer_id, month, kind, amount_fen, order_id)
    SELECT l.person_id, l.employer_id, l.month, c.kind, l.amount_fen, c.id
    FROM credited c JOIN order_line l ON l.order_id = c.id),
opened AS (
    INSERT INTO line_case (line_id, kind, reason, direction, amount_fen, currency, payer_name, payer_account, payer_bank)
    SELECT id, 'refund', 'MEMO_MISSING', 'credit', amount_fen, 'CNY', payer_name, payer_account, payer_bank
    FROM matched WHERE notice_id IS NULL
    RETURNING id, line_id, amount_fen),
noted AS (
    INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state, reason)
    SELECT employer_id, 'notice', id, 'awaiting', 'paid', '' FROM paid
    UNION ALL SELECT employer_id, 'order', id, 'approved', 'credited', '' FROM credited
    UNION ALL SELECT NULL, 'case', id, '', 'open', 'MEMO_MISSING' FROM opened)
INSERT INTO outbox (type, subject, body)
SELECT 'remittance.settled.v1', 'notice/' || notice_id, jsonb_build_object(
    'notice_id', notice_id::text, 'employer_id', employer_id::text, 'memo', employer_code || 'x' || order_code || 'o',
    'line_id', line_id::text, 'amount', to_char(amount_fen / 100.0, 'FM999999999999990.00'))
FROM pair
UNION ALL
SELECT 'refund.flagged.v1', 'case/' || id, jsonb_build_object(
    'case_id', id::text, 'line_id', line_id::text, 'reason', 'MEMO_MISSING',
    'amount', to_char(amount_fen / 100.0, 'FM999999999999990.00'))
FROM opened
