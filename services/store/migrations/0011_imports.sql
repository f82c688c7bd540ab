-- 职工开户 and 职工批量导入: what a form says beside the rules' own facts, and uploaded files until they are confirmed.
ALTER TABLE employment
    ADD COLUMN joined_on date,                      -- 入职/参加工作日期
    ADD COLUMN remark text NOT NULL DEFAULT '',     -- 备注 of the opening
    ADD CONSTRAINT employment_remark_length CHECK (length(remark) <= 200);

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
