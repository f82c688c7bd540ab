-- 补缴: a monthly back-payment of more than twelve months is several orders, which know each other.
ALTER TABLE remittance_order
    ADD COLUMN part_of bigint;              -- of a 补缴 that was split: the first of its orders; no reference, a draft goes
CREATE INDEX remittance_order_by_whole ON remittance_order (part_of) WHERE part_of IS NOT NULL;
