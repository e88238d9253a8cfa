package people

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"casehub/internal/web/webtest"
)

// as answers every request as if it came from a session.
func as(pages http.Handler, token string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Cookie", strings.TrimPrefix(r.Header.Get("Cookie")+"; "+sessionCookie+"="+token, "; "))
		pages.ServeHTTP(w, r)
	})
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// lively fills an organisation so that every page has something to show, and
// returns somebody's identifier and the director's token.
func (o *office) lively() (id ID, token string) {
	t := o.t
	t.Helper()
	ctx := t.Context()
	id, _ = o.settled("nolwazi")
	p := must(o.Person(ctx, id))(t)
	p.Name = "Nolwazi Grace Thandiwe Nkosi-van-der-Westhuizen-Mokoena"
	if err := o.SavePerson(ctx, o.who(), p); err != nil {
		t.Fatal(err)
	}
	gone, _ := o.settled("gone")
	if err := o.Leave(ctx, o.who(), gone); err != nil {
		t.Fatal(err)
	}
	o.add("newcomer")
	role := must(o.AddRole(ctx, o.who(), Role{Name: "Reception", Grants: []Grant{{"clients.read", "office", []string{"contact"}}}}))(t)
	all := must(o.Offices(ctx))(t)
	for _, given := range []Position{{PersonID: id, Role: role}, {PersonID: id, Role: "paralegal", OfficeID: all[1].ID}} {
		if err := o.GivePosition(ctx, o.who(), given); err != nil {
			t.Fatal(err)
		}
	}
	must(o.AddTeam(ctx, o.who(), Team{Name: "Land and housing", Members: []ID{id, o.director}}))(t)
	if err := o.SaveOffice(ctx, o.who(), Office{ID: all[2].ID, Name: all[2].Name, RegionID: all[2].RegionID, Closed: true}); err != nil {
		t.Fatal(err)
	}
	o.in("nolwazi", "quiet morning of nolwazi")
	token, _ = o.in("miriam", directorsPassword)
	return id, token
}

// answering sends a form whenever a page is asked for, and shows the answer: the
// browser looks at pages by their address.
func (b *browser) answering(path string, fields ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/assets/") {
			b.pages.ServeHTTP(w, r)
			return
		}
		p := b.post(path+"?"+r.URL.RawQuery, fields...)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(p.status)
		_, _ = w.Write([]byte(p.body)) // the test looks at what comes
	})
}

func TestPagesHoldInABrowser(t *testing.T) {
	b := webtest.Open(t)
	o := begin(t)
	pages := o.handler()
	b.Check(t, pages, "/sign-in")
	waiting, _ := o.in("miriam", directorsPassword)
	b.Check(t, as(pages, waiting), "/account/factors", "/account/authenticator")
	o.app(waiting)
	half, _ := o.in("miriam", directorsPassword)
	b.Check(t, as(pages, half), "/sign-in/factor")
	o.enrolled()
	b.Check(t, as(pages, waiting), "/people", "/roles")

	id, _ := o.lively()
	token := waiting
	teams, roles, offices := must(o.Teams(t.Context()))(t), must(o.Roles(t.Context()))(t), must(o.Offices(t.Context()))(t)
	b.Check(
		t, as(pages, token), "/account", "/account/password", "/account/authenticator/remove", "/people", "/people/"+string(id), "/people/"+string(id)+"/edit",
		"/people/"+string(id)+"/confirm/leave", "/organisation", "/organisation/offices/"+offices[0].ID, "/organisation/teams/"+teams[0].ID,
		"/roles", "/roles/"+roles[0].ID,
	)
	o.kept.keep(o.director, "/cases/7", map[string][]string{"outcome": {"won"}, "note": {"She was sent away without notice.\n\nAgreed: a letter first."}})
	b.Check(t, as(pages, token), "/resume")
	o.clock.pass(9 * time.Minute)
	o.session(token)
	o.clock.pass(10 * time.Minute)
	b.Check(t, as(pages, token), "/locked")
}

// TestAnswersHoldInABrowser looks at what comes back for a form.
func TestAnswersHoldInABrowser(t *testing.T) {
	b := webtest.Open(t)
	o := begin(t)
	o.enrolled()
	id, _ := o.lively()
	pages := o.handler()
	b.Check(t, o.browser(pages).answering("/sign-in", "login", "nobody", "password", "wrong"), "/wrong-password")
	director := o.browser(pages)
	director.signIn("miriam", directorsPassword)
	b.Check(t, director.answering("/people", "login", "Two Words", "name", ""), "/person-refused")
	b.Check(t, director.answering("/people/"+string(id)+"/confirm/password"), "/one-time-password")
	b.Check(t, director.answering("/people/"+string(id)+"/positions", "role", ""), "/position-refused")
	_, codes := o.app(director.cookies[sessionCookie])
	if len(codes) == 0 {
		t.Fatal("no recovery codes")
	}
	b.Check(t, director.answering("/account/recovery", "current", directorsPassword), "/recovery-codes")
}

// TestAPasskeyLetsSomebodyIn makes a passkey with the browser's own authenticator
// and comes in by it, alone and after the password.
func TestAPasskeyLetsSomebodyIn(t *testing.T) {
	b := webtest.Open(t)
	o := begin(t)
	tab := b.Use(t, o.handler(), "/sign-in")
	tab.Authenticator()
	tab.Eval(`location.href = "http://localhost:" + location.port + "/sign-in"`)
	tab.Wait(`location.hostname === "localhost" && document.querySelector("#door-login")`)
	signIn := func() {
		t.Helper()
		tab.Type("#door-login", "miriam")
		tab.Type("#door-password", directorsPassword)
		tab.Click(`form[action="/sign-in"] button`)
	}
	signIn()
	tab.Wait(`location.pathname === "/account/factors"`)
	tab.Click(`a[href="/account/passkeys/new"]`)
	tab.Wait(`document.querySelector("form[data-passkey=create]:not([hidden])")`)
	if got := tab.Eval(`getComputedStyle(document.querySelector("[data-without-passkeys]")).display`); got != "none" {
		t.Errorf("the page says that there are no passkeys: %s", got)
	}
	tab.Type("#own-current", directorsPassword)
	tab.Click("form[data-passkey] .primary")
	tab.Wait(`document.querySelectorAll(".codes li").length === 10`)
	tab.Axe()
	tab.Click(`a[href="/account"]`)
	tab.Wait(`location.pathname === "/account" && document.querySelector("form[action='/sign-out']")`)

	tab.Click(`form[action="/sign-out"] button`)
	tab.Wait(`document.querySelector("form[action='/sign-in/passkey']:not([hidden])")`)
	tab.Click(`form[action="/sign-in/passkey"] button`)
	tab.Wait(`location.pathname === "/" && document.body.textContent.includes("the first page")`)

	tab.Eval(`location.href = "/account"`)
	tab.Wait(`location.pathname === "/account" && document.querySelector("form[action='/sign-out']")`)
	tab.Click(`form[action="/sign-out"] button`)
	tab.Wait(`document.querySelector("#door-login")`)
	signIn()
	tab.Wait(`location.pathname === "/sign-in/factor" && document.querySelector("form[data-passkey]:not([hidden])")`)
	tab.Axe()
	tab.Click("form[data-passkey] button")
	tab.Wait(`location.pathname === "/" && document.body.textContent.includes("the first page")`)
	if keys := must(o.Passkeys(t.Context(), o.director))(t); len(keys) != 1 || keys[0].UsedAt.IsZero() || keys[0].Host != "localhost" {
		t.Errorf("passkeys %+v", keys)
	}

	// A key alone opens nothing for somebody whose password ended.
	if _, err := o.db.Exec(t.Context(), `UPDATE people SET slot = ''`, nil); err != nil {
		t.Fatal(err)
	}
	tab.Eval(`location.href = "/account"`)
	tab.Wait(`location.pathname === "/account" && document.querySelector("form[action='/sign-out']")`)
	tab.Click(`form[action="/sign-out"] button`)
	tab.Wait(`document.querySelector("form[action='/sign-in/passkey']:not([hidden])")`)
	tab.Click(`form[action="/sign-in/passkey"] button`)
	tab.Wait(`location.pathname === "/sign-in/passkey" && document.querySelector("[role=alert]")`)
}
