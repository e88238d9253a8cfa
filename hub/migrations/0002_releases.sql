-- What arrived. A release is kept byte for byte; its facts are derived from
-- those bytes and can be derived again.
-- +goose Up
CREATE TABLE releases (
    org_unit         integer     NOT NULL REFERENCES offices,
    sequence         integer     NOT NULL CHECK (sequence BETWEEN 1 AND 9999),
    digest           bytea       NOT NULL CHECK (octet_length(digest) = 32),
    previous_digest  bytea       NOT NULL,           -- of the release before; empty in the first
    period           integer     NOT NULL,           -- YYYYMM
    kind             smallint    NOT NULL CHECK (kind BETWEEN 1 AND 3), -- ReleaseKind
    voids_sequence   integer     NOT NULL,           -- 0 in other kinds than VOID
    registry_version integer     NOT NULL,
    sealed           bytea       NOT NULL,           -- exact bytes as they came
    received_at      timestamptz NOT NULL,
    stream_sequence  bigint      NOT NULL,           -- where it stands in the stream
    arrival          integer     NOT NULL,           -- 1, 2, 3 … within the office, forks included
    status           text        NOT NULL CHECK (status IN ('counted', 'waiting', 'voided')),
    PRIMARY KEY (org_unit, sequence)
);
CREATE INDEX releases_waiting ON releases (org_unit, sequence) WHERE status = 'waiting';
CREATE INDEX releases_period ON releases (period, org_unit);

-- A second release that bears the number of a first one. Neither is thrown away.
CREATE TABLE forks (
    org_unit        integer     NOT NULL,
    sequence        integer     NOT NULL,
    digest          bytea       NOT NULL CHECK (octet_length(digest) = 32),
    sealed          bytea       NOT NULL,
    received_at     timestamptz NOT NULL,
    stream_sequence bigint      NOT NULL,
    arrival         integer     NOT NULL,
    PRIMARY KEY (org_unit, sequence, digest),
    FOREIGN KEY (org_unit, sequence) REFERENCES releases
);

-- One row a published group. Written once, in the transaction that registers
-- the release, and never changed: whether it counts is the release's status.
-- There is no foreign key to releases, which would be looked up for each row of
-- a COPY; `casehub-hub rebuild` finds a fact without its release.
CREATE TABLE facts (
    org_unit        integer  NOT NULL,
    sequence        integer  NOT NULL,
    category_option integer  NOT NULL,
    data_set        smallint NOT NULL,
    level           smallint NOT NULL CHECK (level BETWEEN 1 AND 3), -- GroupLevel
    from_period     integer  NOT NULL,           -- YYYYMM
    value           integer  NOT NULL CHECK (value > 0), -- events
    amount_hundreds integer  NOT NULL CHECK (amount_hundreds >= 0), -- whole hundreds of the currency unit
    PRIMARY KEY (org_unit, sequence, data_set, category_option, level)
);

-- What was refused: never the bytes, which may hold anything.
CREATE TABLE refusals (
    org_unit        integer     NOT NULL,        -- from the subject; 0 when that names no office
    digest          bytea       NOT NULL CHECK (octet_length(digest) = 32), -- of the message as it came
    reason          smallint    NOT NULL CHECK (reason > 0), -- ReasonCode
    bytes           integer     NOT NULL,        -- length of the message
    received_at     timestamptz NOT NULL,
    stream_sequence bigint      NOT NULL,
    PRIMARY KEY (org_unit, digest)
);

-- The newest signed word on each release.
CREATE TABLE receipts (
    org_unit     integer     NOT NULL REFERENCES offices,
    sequence     integer     NOT NULL,
    digest       bytea       NOT NULL,
    status       smallint    NOT NULL,           -- ReceiptStatus
    reason       smallint    NOT NULL,           -- ReasonCode, 0 when accepted
    ledger_count integer     NOT NULL,           -- releases of the office that count
    signature    bytea       NOT NULL,
    issued_at    timestamptz NOT NULL,
    PRIMARY KEY (org_unit, sequence)
);

-- What a person at the hub must look at.
CREATE TABLE alarms (
    kind      text        NOT NULL CHECK (kind IN ('fork')),
    org_unit  integer     NOT NULL REFERENCES offices,
    sequence  integer     NOT NULL,
    digest    bytea       NOT NULL,
    raised_at timestamptz NOT NULL,
    PRIMARY KEY (kind, org_unit, sequence, digest)
);
