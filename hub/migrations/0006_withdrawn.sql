-- What counted under a key and was found not to be the office's.
-- +goose Up
ALTER TABLE renewals ADD COLUMN withdrew integer CHECK (withdrew >= 0); -- releases that counted after last_sequence and were withdrawn; NULL when none was to be

-- The bytes stay as evidence, and so that a rebuild can make the same of them. They
-- count in nothing; their facts are gone.
CREATE TABLE withdrawn (
    org_unit        integer     NOT NULL,
    key_id          integer     NOT NULL,        -- of the renewal that withdrew it
    sequence        integer     NOT NULL,
    digest          bytea       NOT NULL CHECK (octet_length(digest) = 32),
    period          integer     NOT NULL,        -- YYYYMM
    kind            smallint    NOT NULL CHECK (kind BETWEEN 1 AND 3), -- ReleaseKind
    sealed          bytea       NOT NULL,        -- exact bytes as they came
    received_at     timestamptz NOT NULL,
    stream_sequence bigint      NOT NULL,
    arrival         integer     NOT NULL,
    PRIMARY KEY (org_unit, key_id, sequence),
    FOREIGN KEY (org_unit, key_id) REFERENCES renewals
);
