package clients_test

import (
	"errors"
	"testing"

	"casehub/internal/sqlite"
	"casehub/node/access/accesstest"
	"casehub/node/clients"
)

// A pair is there for who sees both, until somebody says that they are two people; one
// behind a wall is nobody's business.
func TestAPairIsForWhoSeesBoth(t *testing.T) {
	s, db := office(t)
	one, two, three := create(t, s, nolwazi()), create(t, s, nolwazi()), create(t, s, nolwazi())
	for _, second := range []clients.ID{two.ID, three.ID} {
		if _, err := db.Exec(t.Context(), `INSERT INTO client_pairs (first_id, second_id, alike_in, found_run, found_at) VALUES (@first, @second, 'surname birth_date', 1, 1)`,
			sqlite.Args{"first": string(one.ID), "second": string(second)}); err != nil {
			t.Fatal(err)
		}
	}
	if all, total, err := s.Pairs(t.Context(), miriam); err != nil || total != 2 || len(all) != 2 || all[0].First.ID != one.ID || len(all[0].AlikeIn) != 2 {
		t.Fatalf("%d pairs of %d, %v", len(all), total, err)
	}
	if err := s.TellApart(t.Context(), miriam, two.ID, one.ID); !errors.Is(err, clients.ErrNoPair) {
		t.Errorf("the pair the other way round: %v", err)
	}
	if err := s.TellApart(t.Context(), miriam, one.ID, two.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.TellApart(t.Context(), miriam, one.ID, two.ID); !errors.Is(err, clients.ErrNoPair) {
		t.Errorf("a pair that was decided about: %v", err)
	}
	if n, err := s.CountPairs(t.Context(), miriam); err != nil || n != 1 {
		t.Errorf("%d pairs are left, %v", n, err)
	}
	if _, err := db.Exec(t.Context(), `UPDATE clients SET restricted = 1 WHERE id = '`+string(three.ID)+`'`, nil); err != nil {
		t.Fatal(err)
	}
	if all, total, err := s.Pairs(t.Context(), miriam); err != nil || total != 0 || len(all) != 0 {
		t.Errorf("a pair with somebody who is hidden is shown: %d %v", total, err)
	}
	if err := s.TellApart(t.Context(), miriam, one.ID, three.ID); !errors.Is(err, clients.ErrNoPair) {
		t.Errorf("a hidden pair: %v", err)
	}
	reader := accesstest.Hire(t, db, "reader", "")
	accesstest.Appoint(t, db, "reader", "auditor", "")
	if n, err := s.CountPairs(t.Context(), reader); err != nil || n != 0 {
		t.Errorf("somebody who changes nobody counts %d pairs, %v", n, err)
	}
	if _, err := db.Exec(t.Context(), `DELETE FROM clients`, nil); err != nil {
		t.Fatal(err)
	}
	n := -1
	if err := db.QueryRow(t.Context(), `SELECT count(*) FROM client_pairs`, nil).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d pairs are left of clients who are gone", n)
	}
}
