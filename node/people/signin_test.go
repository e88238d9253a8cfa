package people

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"casehub/internal/errs"
	"casehub/node/vault"
)

func TestUnknownLoginsHearWhatKnownOnesHear(t *testing.T) {
	o := begin(t)
	gone, _ := o.settled("gone")
	if err := o.Leave(t.Context(), o.who(), gone); err != nil {
		t.Fatal(err)
	}
	before := len(strings.Fields(o.audited()))
	said := map[string][]string{}
	for _, login := range []string{"miriam", "gone", "nobody", "' OR 1=1 --", strings.Repeat("x", 5000), "\xff\x00"} {
		for range passwordWaits.Free + 2 {
			_, _, err := o.SignIn(t.Context(), Try{Login: login, Password: "wrong words altogether", From: From{Source: "src " + login}})
			e := errs.As(err)
			if e == nil {
				t.Fatalf("%.20q: %v", login, err)
			}
			said[login] = append(said[login], fmt.Sprint(e.Key(), e.Field(), e.Args()))
		}
	}
	for login, all := range said {
		if fmt.Sprint(all) != fmt.Sprint(said["miriam"]) {
			t.Errorf("%.20q hears %v, miriam %v", login, all, said["miriam"])
		}
	}
	// The audit is written the same number of times, so that time tells nothing.
	if got := len(strings.Fields(o.audited())) - before; got != len(said) {
		t.Errorf("%d entries, want one for each of %d logins", got, len(said))
	}
}

func TestAnOpenSessionOutlivesAGuesser(t *testing.T) {
	o := begin(t)
	o.enrolled()
	token, _ := o.in("miriam", directorsPassword)
	for range 50 {
		_, _, _ = o.SignIn(t.Context(), Try{Login: "miriam", Password: "guess guess guess", From: From{Source: "10.6.6.6"}}) // it fails
	}
	if state := o.session(token).State; state != Full {
		t.Errorf("the open session has state %d", state)
	}
	if _, state := o.in("miriam", directorsPassword); state != Full {
		t.Errorf("another place: state %d", state)
	}
	_, _, err := o.SignIn(t.Context(), Try{Login: "miriam", Password: directorsPassword, From: From{Source: "10.6.6.6"}})
	if !errors.Is(err, ErrWait) {
		t.Errorf("the guesser's place: %v, want ErrWait", err)
	}
}

func TestASealedVaultIsNobodysFault(t *testing.T) {
	o := begin(t)
	o.vault.Seal()
	for range 10 {
		if _, _, err := o.SignIn(t.Context(), Try{Login: "miriam", Password: directorsPassword, From: From{Source: "a"}}); !errors.Is(err, vault.ErrSealed) {
			t.Fatalf("%v, want ErrSealed", err)
		}
	}
}

// TestManySignInsAtOnce lets several people in from several places together.
func TestManySignInsAtOnce(t *testing.T) {
	o := begin(t)
	logins := []string{"ana", "bea", "caro", "dora"}
	passwords := map[string]string{}
	for _, l := range logins {
		_, passwords[l] = o.settled(l)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	tokens := map[string]bool{}
	for n := range 24 {
		login := logins[n%len(logins)]
		wg.Go(func() {
			token, state, err := o.SignIn(t.Context(), Try{Login: login, Password: passwords[login], From: From{Source: fmt.Sprint(n)}})
			if err != nil || state != Full {
				t.Errorf("%s: state %d, %v", login, state, err)
				return
			}
			if v, err := o.Session(t.Context(), token); err != nil || v.Login != login {
				t.Errorf("the session of %s is that of %s, %v", login, v.Login, err)
			}
			mu.Lock()
			defer mu.Unlock()
			tokens[token] = true
		})
	}
	wg.Wait()
	if len(tokens) != 24 {
		t.Errorf("%d tokens of 24 sign-ins", len(tokens))
	}
}

func TestGuessesAtOnceCountAsMany(t *testing.T) {
	o := begin(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	wrong := 0
	for range 40 {
		wg.Go(func() {
			_, _, err := o.SignIn(t.Context(), Try{Login: "miriam", Password: "a guess of twelve", From: From{Source: "x"}})
			if errors.Is(err, ErrWrong) {
				mu.Lock()
				defer mu.Unlock()
				wrong++
			}
		})
	}
	wg.Wait()
	if wrong != passwordWaits.Free {
		t.Errorf("%d guesses were looked at, want %d", wrong, passwordWaits.Free)
	}
}

func TestATokenIsNewAtEveryStep(t *testing.T) {
	o := begin(t)
	o.enrolled()
	planted := strings.Repeat("A", 43)
	token, _, err := o.SignIn(t.Context(), Try{Login: "miriam", Password: directorsPassword, From: From{Source: "a"}, Replaces: planted})
	if err != nil || token == planted {
		t.Fatalf("token %q, %v", token, err)
	}
	again, _, err := o.SignIn(t.Context(), Try{Login: "miriam", Password: directorsPassword, From: From{Source: "a"}, Replaces: token})
	if err != nil {
		t.Fatal(err)
	}
	if o.session(token).State != Nobody || o.session(again).State != Full {
		t.Error("the session before goes on beside the new one")
	}
	if err := o.Lock(t.Context(), o.session(again).ID); err != nil {
		t.Fatal(err)
	}
	if o.session(again).State != Locked {
		t.Error("the session is not locked")
	}
	unlocked, err := o.Unlock(t.Context(), again, directorsPassword)
	if err != nil || unlocked == again {
		t.Fatalf("unlocking: %q, %v", unlocked, err)
	}
	if o.session(again).State != Nobody {
		t.Error("the token from before the lock is good still")
	}
}

func TestTheDatabaseHoldsNoToken(t *testing.T) {
	o := begin(t)
	token, _ := o.in("miriam", directorsPassword)
	var n int
	if err := o.db.QueryRow(t.Context(), `SELECT count(*) FROM sessions WHERE instr(CAST(token AS TEXT), @t) > 0 OR id = @t`, map[string]any{"t": token}).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows with the token, %v", n, err)
	}
	for _, odd := range []string{"", "x", token + "x", token[:42], strings.Repeat("\x00", 43), strings.Repeat("'", 43)} {
		if v := o.session(odd); v.State != Nobody {
			t.Errorf("%q opens a session", odd)
		}
	}
}

// A session is never open longer than its idle time after its last use, nor
// longer than its life; and it is never closed before.
func TestSessionsLockAndEndOnTime(t *testing.T) {
	o := begin(t)
	o.enrolled()
	rapid.Check(t, func(r *rapid.T) {
		minutes := rapid.IntRange(1, 60).Draw(r, "idle minutes")
		org := must(o.Organisation(t.Context()))(t)
		org.LockMinutes = minutes
		if err := o.SaveOrganisation(t.Context(), o.who(), org); err != nil {
			t.Fatal(err)
		}
		token, _, err := o.SignIn(t.Context(), Try{Login: "miriam", Password: directorsPassword, From: From{Source: "a"}})
		if err != nil {
			t.Fatal(err)
		}
		begun, used, locked := o.clock.now(), o.clock.now(), false
		for range rapid.IntRange(1, 12).Draw(r, "requests") {
			o.clock.pass(time.Duration(rapid.IntRange(1, 4*3600).Draw(r, "pause")) * time.Second)
			now := o.clock.now()
			got := o.session(token).State
			switch idle := now.Sub(used); {
			case now.Sub(begun) >= sessionLife:
				if got != Nobody {
					r.Fatalf("after %v: state %d, want Nobody", now.Sub(begun), got)
				}
			case locked || idle >= time.Duration(minutes)*time.Minute:
				locked = true
				if got != Locked {
					r.Fatalf("idle for %v of %d min: state %d, want Locked", idle, minutes, got)
				}
			case idle < time.Duration(minutes)*time.Minute-touchEvery:
				if got != Full {
					r.Fatalf("idle for %v of %d min: state %d, want Full", idle, minutes, got)
				}
			default: // within what is written down: either
				locked = got == Locked
			}
			if got == Full {
				used = now
			}
		}
	})
}

func TestAClockSetBackLocks(t *testing.T) {
	o := begin(t)
	o.enrolled()
	token, _ := o.in("miriam", directorsPassword)
	o.clock.pass(-2 * time.Hour)
	if state := o.session(token).State; state != Locked {
		t.Errorf("state %d, want Locked", state)
	}
}

func TestOnePersonEndsTheirOwnSessionsAlone(t *testing.T) {
	o := begin(t)
	o.enrolled()
	id, password := o.settled("sipho")
	mine, _ := o.in("miriam", directorsPassword)
	theirs, _ := o.in("sipho", password)
	if err := o.EndSession(t.Context(), id, o.session(mine).ID); err != nil {
		t.Fatal(err)
	}
	if o.session(mine).State != Full {
		t.Error("somebody ended the session of another")
	}
	if err := o.EndSessions(t.Context(), o.who(), id); err != nil {
		t.Fatal(err)
	}
	if o.session(theirs).State != Nobody || o.session(mine).State != Full {
		t.Error("a director's ending ended the wrong sessions")
	}
	for range mostSessions + 5 {
		o.in("miriam", directorsPassword)
	}
	if all := must(o.Sessions(t.Context(), o.director))(t); len(all) != mostSessions {
		t.Errorf("%d sessions at once", len(all))
	}
	o.clock.pass(2*sessionLife + time.Second)
	if err := o.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := o.db.QueryRow(t.Context(), `SELECT count(*) FROM sessions`, nil).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d sessions are left, %v", n, err)
	}
}

func TestDeviceIsWhatAPersonKnows(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0":                            "Firefox, Windows",
		"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36 Edg/142.0":   "Edge, Windows",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile Safari/537.36": "Chrome, Android",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile/1 Safari/604.1": "Safari, iPhone",
		"<script>alert(1)</script>": "",
		"":                          "",
	} {
		if got := Device(agent); got != want {
			t.Errorf("%s: %q, want %q", agent, got, want)
		}
	}
}

// BenchmarkSession is what every request pays for its person.
func BenchmarkSession(b *testing.B) {
	o := begin(b)
	token, _ := o.in("miriam", directorsPassword)
	for b.Loop() {
		if _, err := o.Session(b.Context(), token); err != nil {
			b.Fatal(err)
		}
	}
}

// meddling does something between the check of a password and what follows.
type meddling struct {
	Passwords
	after func()
}

func (m meddling) CheckPassword(ctx context.Context, login, password string) (vault.SlotID, error) {
	slot, err := m.Passwords.CheckPassword(ctx, login, password)
	m.after()
	return slot, err
}

// A password that is replaced while somebody signs in with it opens no session.
func TestAPasswordThatGoesMeanwhileOpensNothing(t *testing.T) {
	o := begin(t)
	id, password := o.settled("sipho")
	real, done := o.passwords, false
	o.passwords = meddling{real, func() {
		if o.passwords = real; !done {
			done = true
			if _, err := o.ResetPassword(t.Context(), o.who(), id); err != nil {
				t.Error(err)
			}
		}
	}}
	token, _, err := o.SignIn(t.Context(), Try{Login: "sipho", Password: password, From: From{Source: "a"}})
	if !errors.Is(err, ErrWrong) || token != "" {
		t.Errorf("token %q, %v, want ErrWrong", token, err)
	}
	if all := must(o.Sessions(t.Context(), id))(t); len(all) != 0 {
		t.Errorf("%d sessions are open", len(all))
	}
}

// Whoever fails at the sign-in page of a computer shuts nobody out of a session
// that waits there for its owner; guesses at the session wait too.
func TestFailuresAtTheDoorDoNotKeepASessionLocked(t *testing.T) {
	o := begin(t)
	token, _ := o.in("miriam", directorsPassword)
	if err := o.Lock(t.Context(), o.session(token).ID); err != nil {
		t.Fatal(err)
	}
	for range 2 * passwordWaits.Free {
		_, _, _ = o.SignIn(t.Context(), Try{Login: "miriam", Password: "a guess of twelve", From: From{Source: "10.0.0.1"}})
	}
	unlocked, err := o.Unlock(t.Context(), token, directorsPassword)
	if err != nil {
		t.Fatalf("unlocking after failures at the door: %v", err)
	}
	if err := o.Lock(t.Context(), o.session(unlocked).ID); err != nil {
		t.Fatal(err)
	}
	for n := range passwordWaits.Free {
		if _, err := o.Unlock(t.Context(), unlocked, "a guess of twelve"); !errors.Is(err, ErrWrongPassword) {
			t.Fatalf("guess %d: %v", n, err)
		}
	}
	if _, err := o.Unlock(t.Context(), unlocked, directorsPassword); errs.KindOf(err) != errs.Invalid || errors.Is(err, ErrWrongPassword) {
		t.Errorf("after %d guesses: %v, want to wait", passwordWaits.Free, err)
	}
}
