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
