-- An application is decided when the bureau says so: what was taken back or is handed in anew is not. And it is about as many
-- people as it names: a backfill has several lines of one.
ALTER TABLE application ADD COLUMN person_count integer;
ALTER TABLE application NO FORCE ROW LEVEL SECURITY;  -- Else the owner finds no row to fill.
UPDATE application SET
    decided_at = CASE WHEN state IN ('approved', 'returned', 'rejected') THEN coalesce(decided_at, submitted_at) END,
    person_count = CASE kind WHEN 'backfill' THEN (
        SELECT count(DISTINCT line.json -> 'person_id') FROM jsonb_array_elements(contents -> 'lines') AS line (json))
        ELSE line_count END;
ALTER TABLE application FORCE ROW LEVEL SECURITY;
ALTER TABLE application
    ALTER COLUMN person_count SET NOT NULL,
    ADD CONSTRAINT application_decided_when CHECK ((state IN ('approved', 'returned', 'rejected')) = (decided_at IS NOT NULL)),
    ADD CONSTRAINT application_people CHECK (person_count BETWEEN 0 AND line_count);

DROP TRIGGER application_frozen ON application;
CREATE TRIGGER application_frozen
    BEFORE UPDATE OF employer_id, kind, contents, line_count, person_count, total_fen ON application
    FOR EACH ROW WHEN (OLD.state <> 'draft'
        AND (OLD.employer_id, OLD.kind, OLD.contents, OLD.line_count, OLD.person_count, OLD.total_fen) IS DISTINCT FROM
            (NEW.employer_id, NEW.kind, NEW.contents, NEW.line_count, NEW.person_count, NEW.total_fen))
    EXECUTE FUNCTION refused();
