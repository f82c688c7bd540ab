-- 汇缴申请: a draft that the bureau has never seen is its employer's to throw away; what was handed in once stays.
GRANT DELETE ON remittance_order TO subsidy_employer;
CREATE POLICY remittance_order_employer_throw_away ON remittance_order FOR DELETE TO subsidy_employer
    USING (employer_id = current_employer_id() AND state = 'draft' AND submitted_at IS NULL);
