package egress

import (
	"errors"
	"testing"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/migrations"
)

func TestStoredReleasesAreHeldAgainstTheirKey(t *testing.T) {
	if n, err := VerifyStored(t.Context(), sqlitetest.Open(t, migrations.FS)); n != 0 || err != nil {
		t.Errorf("a database without releases: %d, %v", n, err)
	}
	for name, c := range map[string]struct {
		harm []string
		want error
	}{
		"as they are": {nil, nil},
		"another key": {[]string{`UPDATE node_keys SET seed = randomblob(32) WHERE purpose = 'release'`}, ErrBytesChanged},
		"no key":      {[]string{`DELETE FROM node_keys WHERE purpose = 'release'`}, ErrChainBroken},
		"a gap":       {[]string{`DROP TRIGGER releases_stay`, `DROP TRIGGER outbox_waits_for_its_receipt`, `DELETE FROM outbox WHERE sequence = 2`, `DELETE FROM releases WHERE sequence = 2`}, ErrChainBroken},
		// An Ed25519 signature ends in a byte below 0x11, so that 0xff is always another.
		"a changed byte":   {[]string{`DROP TRIGGER releases_keep_their_bytes`, `UPDATE releases SET sealed = CAST(substr(sealed, 1, length(sealed) - 1) || x'ff' AS BLOB) WHERE sequence = 3`}, ErrBytesChanged},
		"another's digest": {[]string{`DROP TRIGGER releases_keep_their_bytes`, `UPDATE releases SET digest = randomblob(32) WHERE sequence = 1`}, ErrBytesChanged},
	} {
		t.Run(name, func(t *testing.T) {
			g, db := newOffice(t)
			for _, m := range []civil.Month{202607, 202608, 202609} {
				if _, err := g.Close(t.Context(), actor.Node(), m); err != nil {
					t.Fatal(err)
				}
			}
			for _, statement := range c.harm {
				if _, err := db.Exec(t.Context(), statement, nil); err != nil {
					t.Fatal(err)
				}
			}
			n, err := VerifyStored(t.Context(), db)
			if !errors.Is(err, c.want) || c.want == nil && n != 3 {
				t.Errorf("%d, %v, want %v", n, err, c.want)
			}
		})
	}
}
