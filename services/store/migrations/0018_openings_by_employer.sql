-- Finance looks for the openings that wait; of all that stands in the ledgers they are few.
CREATE INDEX ledger_entry_openings ON ledger_entry (employer_id, person_id) WHERE kind = 'opening';
