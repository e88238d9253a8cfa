-- +goose Up

-- Several keys, also of several sources, can be of one client: what an import changes by
-- one of them is seen by the others.
DROP INDEX import_xref_linked;
CREATE INDEX import_xref_client ON import_xref (local_id) WHERE entity = 'client';
