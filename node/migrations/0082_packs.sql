-- +goose Up

-- What the national body signed, every pack that was ever taken: its limits and
-- rules are held from the moment it came, its plan and code lists only once
-- somebody in the office accepted them.
CREATE TABLE packs (
    name        TEXT    NOT NULL CHECK (name IN ('roots', 'national') OR name GLOB 'office-[1-9]*'),
    version     INTEGER NOT NULL CHECK (version BETWEEN 1 AND 9999),
    digest      BLOB    NOT NULL CHECK (length(digest) = 32), -- SHA-256 of the manifest
    file        BLOB    NOT NULL CHECK (length(file) <= 524288), -- as it came, with its signatures
    taken_at    INTEGER NOT NULL,                       -- Unix milliseconds
    registry    INTEGER,                                -- version of the code lists inside; NULL for none
    accepted_at INTEGER,                                -- Unix milliseconds; NULL while nobody accepted the code lists
    accepted_by TEXT    NOT NULL DEFAULT '',            -- the person who did
    PRIMARY KEY (name, version),
    CHECK ((accepted_at IS NULL) = (accepted_by = '')),
    CHECK (accepted_at IS NULL OR registry IS NOT NULL)
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER packs_keep_their_bytes BEFORE UPDATE ON packs
WHEN old.accepted_at IS NOT NULL
    OR (new.name, new.version, new.digest, new.file, new.taken_at, new.registry)
        IS NOT (old.name, old.version, old.digest, old.file, old.taken_at, old.registry)
BEGIN
    SELECT raise(ABORT, 'a pack never changes');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER packs_stay BEFORE DELETE ON packs
BEGIN
    SELECT raise(ABORT, 'a pack that was taken is kept, so that no older one can follow it');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER packs_follow_each_other BEFORE INSERT ON packs
WHEN new.version <= (SELECT max(version) FROM packs WHERE name = new.name)
BEGIN
    SELECT raise(ABORT, 'an older pack never follows a newer one');
END;
-- +goose StatementEnd

-- When a release was last tried. A refusal that is the same again is not written
-- into the decision log a second time.
CREATE TABLE egress_tried (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    at  INTEGER NOT NULL                                -- Unix milliseconds
) STRICT;
