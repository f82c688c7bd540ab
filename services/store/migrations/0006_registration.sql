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
