-- Everything that an employer asks the bureau for beside orders (services/store/applications.py).
ALTER TABLE application DROP CONSTRAINT application_kind_known;
ALTER TABLE application ADD CONSTRAINT application_kind_known CHECK (kind IN (
    'employee_opening', 'employee_import', 'employer_change', 'information_change', 'employee_change', 'employee_transfer'));
