-- What was before and what is after, field by field (services/store/change_records.py).
CREATE TABLE change_record (
    id bigint GENERATED ALWAYS AS IDENTITY,
    employer_id bigint NOT NULL,
    employment_id bigint,
    field text NOT NULL,
    before text NOT NULL,
    after text NOT NULL,
    effective_month date,
    application_id bigint,
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
