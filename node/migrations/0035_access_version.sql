-- +goose Up

-- Counts changes of what people may do. Answers of the policy are kept until it
-- moves on.
CREATE TABLE access_version (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    n  INTEGER NOT NULL
) STRICT;

INSERT INTO access_version (id, n) VALUES (1, 1);

CREATE TRIGGER access_position_added AFTER INSERT ON positions BEGIN UPDATE access_version SET n = n + 1; END;
CREATE TRIGGER access_position_changed AFTER UPDATE ON positions BEGIN UPDATE access_version SET n = n + 1; END;
CREATE TRIGGER access_position_removed AFTER DELETE ON positions BEGIN UPDATE access_version SET n = n + 1; END;
CREATE TRIGGER access_grant_added AFTER INSERT ON role_grants BEGIN UPDATE access_version SET n = n + 1; END;
CREATE TRIGGER access_grant_changed AFTER UPDATE ON role_grants BEGIN UPDATE access_version SET n = n + 1; END;
CREATE TRIGGER access_grant_removed AFTER DELETE ON role_grants BEGIN UPDATE access_version SET n = n + 1; END;
CREATE TRIGGER access_member_added AFTER INSERT ON team_members BEGIN UPDATE access_version SET n = n + 1; END;
CREATE TRIGGER access_member_changed AFTER UPDATE ON team_members BEGIN UPDATE access_version SET n = n + 1; END;
CREATE TRIGGER access_member_removed AFTER DELETE ON team_members BEGIN UPDATE access_version SET n = n + 1; END;
CREATE TRIGGER access_office_added AFTER INSERT ON offices BEGIN UPDATE access_version SET n = n + 1; END;
CREATE TRIGGER access_office_changed AFTER UPDATE OF region_id ON offices BEGIN UPDATE access_version SET n = n + 1; END;
CREATE TRIGGER access_person_added AFTER INSERT ON people BEGIN UPDATE access_version SET n = n + 1; END;
CREATE TRIGGER access_person_changed AFTER UPDATE OF status, office_id ON people BEGIN UPDATE access_version SET n = n + 1; END;

-- Who registered the client: a client without a case is theirs to find.
ALTER TABLE clients ADD COLUMN registered_id TEXT REFERENCES people (id);

CREATE INDEX clients_registered ON clients (registered_id);

-- What was changed last, among the cases of an office or of a person.
CREATE INDEX cases_office_updated ON cases (office_id, updated_at DESC, id);
CREATE INDEX cases_responsible_updated ON cases (responsible_id, updated_at DESC, id);

CREATE INDEX emergencies_unseen ON emergencies (begun_at) WHERE seen_by IS NULL;
