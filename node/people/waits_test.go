package people

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"pgregory.net/rapid"

	"casehub/internal/errs"
)

// waited is how long somebody is told to wait, 0 for not at all.
func waited(err error) time.Duration {
	e := errs.As(err)
	if !errors.Is(err, ErrWait) || e == nil {
		return 0
	}
	n, _ := e.Args()["n"].(int)
	return time.Duration(n) * time.Second
}

// Whatever a guesser does before, at any address, by any browser and with any
// pauses, somebody with the right password waits for nothing where they came in
// before or where nobody guesses, and no longer than half a minute where somebody
// does. The guesser has no more tries than the bound.
func TestNobodyIsHeldOutByAGuesser(t *testing.T) {
	o := begin(t)
	o.enrolled()
	theirs, err := o.Remember(t.Context(), o.session(first(o.in("miriam", directorsPassword))), "")
	if err != nil || theirs == "" {
		t.Fatal(theirs, err)
	}
	const shared = "127.0.0.1"
	try := func(password string, f From) error {
		_, _, err := o.SignIn(t.Context(), Try{Login: "miriam", Password: password, From: f})
		return err
	}
	rapid.Check(t, func(r *rapid.T) {
		o.clock.pass(12 * time.Hour) // what was before is forgiven, and the browser still known
		// The guesser may sit at the very browser that the person uses, or not.
		atBrowser := rapid.Bool().Draw(r, "the guesser sits at the person's browser")
		begun, looked := o.clock.now(), map[string]int{}
		for range rapid.IntRange(1, 14).Draw(r, "guesses") {
			f := From{Source: rapid.SampledFrom([]string{shared, shared, "10.0.0.5", "10.0.0.6"}).Draw(r, "source")}
			if atBrowser && rapid.Bool().Draw(r, "by the person's browser") {
				f.Device = theirs
			}
			if err := try("a guess of twelve", f); errors.Is(err, ErrWrong) {
				looked[f.Source+f.Device]++
			}
			o.clock.pass(time.Duration(rapid.IntRange(0, 40).Draw(r, "pause")) * time.Second)
		}
		for at, n := range looked {
			if most := passwordWaits.MostIn(o.clock.now().Sub(begun)); n > most {
				r.Fatalf("%d guesses at %s, want at most %d", n, at[:9], most)
			}
		}
		if err := try(directorsPassword, From{Source: "10.0.9.9"}); err != nil {
			r.Fatalf("at an address where nobody guesses: %v", err)
		}
		for _, way := range []struct {
			name string
			from From
		}{{"the known browser", From{Source: shared, Device: theirs}}, {"a new browser at the shared computer", From{Source: shared}}} {
			name, f := way.name, way.from
			err := try(directorsPassword, f)
			wait := waited(err)
			if wait > passwordWaits.Most || f.Device != "" && !atBrowser && wait > 0 {
				r.Fatalf("by %s: wait %v", name, wait)
			}
			if err == nil {
				continue
			}
			o.clock.pass(wait)
			if err := try(directorsPassword, f); err != nil {
				r.Fatalf("by %s after %v: %v", name, wait, err)
			}
		}
	})
}

func first[A, B any](a A, _ B) A { return a }

// A browser is known to whoever came in by it, to nobody else, and not for ever.
func TestABrowserIsKnownToWhoCameInByIt(t *testing.T) {
	o := begin(t)
	o.enrolled()
	id, password := o.settled("sipho")
	token, _ := o.in("miriam", directorsPassword)
	device := must(o.Remember(t.Context(), o.session(token), ""))(t)
	if again := must(o.Remember(t.Context(), o.session(token), device))(t); again != device {
		t.Error("a known browser gets another name")
	}
	known := func(who ID) bool {
		t.Helper()
		return must(o.place(t.Context(), who, From{Source: "127.0.0.1", Device: device}))(t).known
	}
	if !known(o.director) || known(id) || known("") {
		t.Fatalf("known to the director: %v, to sipho: %v, to nobody: %v", known(o.director), known(id), known(""))
	}
	theirs, _ := o.in("sipho", password)
	if _, err := o.Remember(t.Context(), o.session(theirs), device); err != nil {
		t.Fatal(err)
	}
	if !known(id) {
		t.Error("two people at one browser: the second is not known")
	}
	if _, err := o.ResetPassword(t.Context(), o.who(), id); err != nil {
		t.Fatal(err)
	}
	if known(id) || !known(o.director) {
		t.Error("a new password from a director forgets the browsers of that person and of nobody else")
	}
	o.clock.pass(deviceLife + time.Hour)
	if known(o.director) {
		t.Error("a browser is known for ever")
	}
	if err := o.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := o.db.QueryRow(t.Context(), `SELECT count(*) FROM known_devices`, nil).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d browsers are remembered still, %v", n, err)
	}
}

// Half a sign-in makes no browser known: the second factor is part of it.
func TestABrowserIsKnownAfterTheWholeSignIn(t *testing.T) {
	o := begin(t)
	token, _ := o.in("miriam", directorsPassword)
	o.app(token)
	waiting, state := o.in("miriam", directorsPassword)
	if device, err := o.Remember(t.Context(), o.session(waiting), ""); state != AwaitsFactor || device != "" || err != nil {
		t.Errorf("state %d: %q, %v", state, device, err)
	}
}

// At a computer that all share, a browser by which somebody came in stays open to
// them while another browser there guesses without a pause.
func TestASharedComputerIsOpenToWhoCameInBefore(t *testing.T) {
	o := begin(t)
	o.enrolled()
	site := o.handler()
	mine, other := o.browser(site), o.browser(site)
	mine.source, other.source = "127.0.0.1", "127.0.0.1"
	if p := mine.signIn("miriam", directorsPassword); p.status != http.StatusSeeOther {
		t.Fatalf("signing in: %d", p.status)
	}
	mine.post("/sign-out")
	mine.token = formToken(mine.get("/sign-in").body)
	if mine.cookies[deviceCookie] == "" {
		t.Fatal("signing out made the browser forget that it is known")
	}
	for n := range 40 {
		other.signIn("miriam", fmt.Sprintf("a guess of twelve %d", n))
	}
	if p := other.signIn("miriam", directorsPassword); p.status != http.StatusUnprocessableEntity {
		t.Errorf("the guesser's browser: %d, want to wait", p.status)
	}
	if p := mine.signIn("miriam", directorsPassword); p.status != http.StatusSeeOther {
		t.Errorf("the known browser: %d", p.status)
	}
	o.clock.pass(passwordWaits.Most)
	if p := other.signIn("miriam", directorsPassword); p.status != http.StatusSeeOther {
		t.Errorf("the other browser after half a minute: %d", p.status)
	}
}
