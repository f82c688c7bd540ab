-- The shell: what each user has set, and notes (扩展栏, F20-F23).

-- Each row is its user's own, whoever else works for the same employer.
CREATE TABLE user_preference (
    actor text NOT NULL DEFAULT current_actor(),
    folded boolean NOT NULL,                -- the menu shows its signs only
    colour text NOT NULL,
    scheme text NOT NULL,
    page_size integer NOT NULL,             -- rows that a list shows at once
    CONSTRAINT user_preference_once PRIMARY KEY (actor),
    CONSTRAINT user_preference_colour_known
        CHECK (colour IN ('blue', 'cyan', 'green', 'purple', 'red', 'brown', 'gray')),
    CONSTRAINT user_preference_scheme_known CHECK (scheme IN ('system', 'light', 'dark')),
    CONSTRAINT user_preference_page_size_known CHECK (page_size IN (10, 20, 50, 100, 200))
);
CREATE TABLE note (
    id bigint GENERATED ALWAYS AS IDENTITY,
    actor text NOT NULL DEFAULT current_actor(),
    contents text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    changed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT note_pk PRIMARY KEY (id),
    CONSTRAINT note_length CHECK (length(contents) <= 2000)
);
CREATE INDEX note_by_actor ON note (actor, id);

GRANT SELECT, INSERT, UPDATE ON user_preference TO subsidy_employer, subsidy_bureau, subsidy_person;
GRANT SELECT, INSERT, UPDATE, DELETE ON note TO subsidy_employer, subsidy_bureau, subsidy_person;
ALTER TABLE user_preference ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_preference FORCE ROW LEVEL SECURITY;
CREATE POLICY user_preference_own ON user_preference TO subsidy_employer, subsidy_bureau, subsidy_person
    USING (actor = current_actor()) WITH CHECK (actor = current_actor());
ALTER TABLE note ENABLE ROW LEVEL SECURITY;
ALTER TABLE note FORCE ROW LEVEL SECURITY;
CREATE POLICY note_own ON note TO subsidy_employer, subsidy_bureau, subsidy_person
    USING (actor = current_actor()) WITH CHECK (actor = current_actor());

