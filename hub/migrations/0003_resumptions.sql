-- What people at the hub decided about offices that were held.
-- +goose Up
CREATE TABLE resumptions (
    org_unit   integer     NOT NULL REFERENCES chains,
    arrival    integer     NOT NULL,           -- newest arrival of the office that the person had before them
    resumed_at timestamptz NOT NULL,
    who        text        NOT NULL CHECK (who <> ''), -- account on the hub's machine
    reason     text        NOT NULL CHECK (reason <> ''),
    PRIMARY KEY (org_unit, arrival)
);

ALTER TABLE alarms
    ADD COLUMN resumption integer,             -- arrival of the decision that closed it; NULL while open
    ADD FOREIGN KEY (org_unit, resumption) REFERENCES resumptions;
