package node

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"testing"

	"casehub/internal/actor"
	"casehub/internal/sqlite"
	"casehub/internal/web"
)

// signedIn are the pages of a node as they answer one person's browser.
type signedIn struct {
	http.Handler
	site   *web.Site
	cookie http.Cookie
}

// Routes returns the routes of the pages.
func (s signedIn) Routes() []web.Route { return s.site.Routes() }

func (s signedIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, err := r.Cookie(s.cookie.Name); err != nil {
		r.AddCookie(&s.cookie)
	}
	s.Handler.ServeHTTP(w, r)
}

// as opens a session of a person and returns the pages that they get. The second
// factor that a director needs has tests of its own.
func as(t testing.TB, n *Node, site *web.Site, person string) signedIn {
	t.Helper()
	sum := sha256.Sum256([]byte("session of " + person))
	token := base64.RawURLEncoding.EncodeToString(sum[:])
	digest := sha256.Sum256([]byte(token))
	now := n.now()
	for statement, args := range map[string]sqlite.Args{
		`DELETE FROM required_factors`: nil,
		`
INSERT INTO sessions (id, token, person_id, stage, created_at, seen_at, ends_at)
VALUES (@id, @token, @person, 'full', @now, @now, @ends)`: {
			"id": "session-" + person, "token": digest[:], "person": person, "now": now.UnixMilli(), "ends": now.AddDate(0, 0, 1).UnixMilli(),
		},
	} {
		if _, err := n.DB.Exec(t.Context(), statement, args); err != nil {
			t.Fatal(err)
		}
	}
	return signedIn{n.People.Recognise(site), site, http.Cookie{Name: "casehub_session", Value: token}}
}

// asDirector returns the pages that the first director gets.
func asDirector(t testing.TB, n *Node) signedIn {
	t.Helper()
	site, err := n.site()
	if err != nil {
		t.Fatal(err)
	}
	return as(t, n, site, director(t, n))
}

// director returns the identifier of the first director.
func director(t testing.TB, n *Node) string {
	t.Helper()
	all, err := n.People.People(t.Context())
	if err != nil || len(all) == 0 {
		t.Fatalf("%d people, %v", len(all), err)
	}
	return string(all[0].ID)
}

// boss returns the first director as an actor.
func boss(t testing.TB, n *Node) actor.Actor {
	t.Helper()
	return actor.Actor{Kind: actor.Person, ID: director(t, n)}
}

// seatOf returns the office of the first director.
func seatOf(t testing.TB, n *Node) string {
	t.Helper()
	_, office, err := n.Access.Seat(t.Context(), n.DB, boss(t, n))
	if err != nil || office == "" {
		t.Fatalf("the director sits in %q, %v", office, err)
	}
	return office
}
