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
