package people

import (
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/pquerna/otp/totp"
)

// app sets up an authenticator app and returns its secret and recovery codes.
func (o *office) app(token string) (string, []string) {
	o.t.Helper()
	e := must(o.Enrol(o.t.Context(), o.session(token)))(o.t)
	if again := must(o.Enrol(o.t.Context(), o.session(token)))(o.t); again.Secret != e.Secret {
		o.t.Fatal("the page shows another secret when it is loaded again")
	}
	secret := strings.ReplaceAll(e.Secret, " ", "")
	codes, err := o.ConfirmAuthenticator(o.t.Context(), o.session(token), o.code(secret), directorsPassword)
	if err != nil {
		o.t.Fatal(err)
	}
	return secret, codes
}

func (o *office) code(secret string) string {
	o.t.Helper()
	return must(totp.GenerateCode(secret, o.clock.now()))(o.t)
}

func TestACodeCountsOnce(t *testing.T) {
	o := begin(t)
	token, state := o.in("miriam", directorsPassword)
	if state != MustEnrol {
		t.Fatalf("a director without a second factor: state %d", state)
	}
	secret, codes := o.app(token)
	if len(codes) != recoveryCount {
		t.Fatalf("%d recovery codes", len(codes))
	}
	if o.session(token).State != Full {
		t.Error("the session is not open after the set-up")
	}
	waiting, state := o.in("miriam", directorsPassword)
	if state != AwaitsFactor || o.session(waiting).Actor().ID != "" {
		t.Fatalf("with the password alone: state %d", state)
	}
	if _, err := o.GiveCode(t.Context(), waiting, o.code(secret), From{Source: "a"}); !errors.Is(err, ErrWrongFactor) {
		t.Errorf("the code of the set-up: %v, want ErrWrongFactor", err)
	}
	o.clock.pass(30 * time.Second)
	code := o.code(secret)
	whole, err := o.GiveCode(t.Context(), waiting, code[:3]+" "+code[3:], From{Source: "a"})
	if err != nil || whole == waiting || o.session(whole).State != Full {
		t.Fatalf("a fresh code: %v", err)
	}
	if o.session(waiting).State != Nobody {
		t.Error("the token from before the second factor is good still")
	}
	other, _ := o.in("miriam", directorsPassword)
	if _, err := o.GiveCode(t.Context(), other, code, From{Source: "a"}); !errors.Is(err, ErrWrongFactor) {
		t.Errorf("the same code again: %v", err)
	}
}

// TestOneCodeAtOnceOpensOneSession gives one code in two sign-ins together.
func TestOneCodeAtOnceOpensOneSession(t *testing.T) {
	o := begin(t)
	token, _ := o.in("miriam", directorsPassword)
	secret, codes := o.app(token)
	o.clock.pass(time.Minute)
	for _, code := range []string{o.code(secret), codes[0]} {
		var wg sync.WaitGroup
		var opened [3]error
		for i := range opened {
			waiting, _ := o.in("miriam", directorsPassword)
			wg.Go(func() { _, opened[i] = o.GiveCode(t.Context(), waiting, code, From{Source: "a"}) })
		}
		wg.Wait()
		n := 0
		for _, err := range opened {
			if err == nil {
				n++
			}
		}
		if n != 1 {
			t.Errorf("one code opened %d sessions: %v", n, opened)
		}
		o.clock.pass(time.Hour)
	}
}

func TestWrongCodesEndTheSignIn(t *testing.T) {
	o := begin(t)
	token, _ := o.in("miriam", directorsPassword)
	o.app(token)
	waiting, _ := o.in("miriam", directorsPassword)
	for n := range factorTries {
		_, err := o.GiveCode(t.Context(), waiting, "000000", From{Source: "a"})
		want := ErrWrongFactor
		if n == factorTries-1 {
			want = ErrNoSession
		}
		if errors.Is(err, ErrWait) {
			o.clock.pass(time.Minute)
			_, err = o.GiveCode(t.Context(), waiting, "000000", From{Source: "a"})
		}
		if !errors.Is(err, want) {
			t.Fatalf("try %d: %v, want %v", n+1, err, want)
		}
	}
	if o.session(waiting).State != Nobody {
		t.Error("the sign-in goes on")
	}
	late, _ := o.in("miriam", directorsPassword)
	o.clock.pass(factorLife)
	if o.session(late).State != Nobody {
		t.Error("a sign-in waits for its second factor for ever")
	}
}

func TestARecoveryCodeCountsOnceHoweverItIsTyped(t *testing.T) {
	o := begin(t)
	token, _ := o.in("miriam", directorsPassword)
	_, codes := o.app(token)
	waiting, _ := o.in("miriam", directorsPassword)
	typed := " " + strings.ToLower(strings.ReplaceAll(codes[3], "-", " ")) + " "
	if _, err := o.GiveCode(t.Context(), waiting, typed, From{Source: "a"}); err != nil {
		t.Fatal(err)
	}
	if n := must(o.RecoveryLeft(t.Context(), o.director))(t); n != recoveryCount-1 {
		t.Errorf("%d codes are left", n)
	}
	again, _ := o.in("miriam", directorsPassword)
	if _, err := o.GiveCode(t.Context(), again, codes[3], From{Source: "b"}); !errors.Is(err, ErrWrongFactor) {
		t.Errorf("the same code again: %v", err)
	}
	fresh := must(o.NewRecoveryCodes(t.Context(), o.session(token), directorsPassword))(t)
	if _, err := o.GiveCode(t.Context(), again, codes[4], From{Source: "c"}); !errors.Is(err, ErrWrongFactor) {
		t.Errorf("a code from before: %v", err)
	}
	if _, err := o.GiveCode(t.Context(), again, fresh[0], From{Source: "d"}); err != nil {
		t.Errorf("a new code: %v", err)
	}
}

func TestFactorsChangeByThePasswordAlone(t *testing.T) {
	o := begin(t)
	token, _ := o.in("miriam", directorsPassword)
	o.app(token)
	v := o.session(token)
	if err := o.RemoveAuthenticator(t.Context(), v, "wrong"); !errors.Is(err, ErrWrongPassword) {
		t.Errorf("removing: %v", err)
	}
	if _, err := o.NewRecoveryCodes(t.Context(), v, "wrong"); !errors.Is(err, ErrWrongPassword) {
		t.Errorf("new codes: %v", err)
	}
	if _, err := o.AddPasskey(t.Context(), v, Place{"localhost", "http://localhost"}, Answer{}, "mine", "wrong"); !errors.Is(err, ErrWrongPassword) {
		t.Errorf("a passkey: %v", err)
	}
	if err := o.RemoveAuthenticator(t.Context(), v, directorsPassword); err != nil {
		t.Fatal(err)
	}
	if n := must(o.RecoveryLeft(t.Context(), o.director))(t); n != 0 {
		t.Errorf("%d recovery codes outlive the last second factor", n)
	}
	if o.session(token).State != MustEnrol {
		t.Error("the role needs a second factor and the session is open without one")
	}
}

func TestADirectorTakesALostFactorAway(t *testing.T) {
	o := begin(t)
	token, _ := o.in("miriam", directorsPassword)
	o.app(token)
	second, _ := o.add("nomsa")
	if err := o.GivePosition(t.Context(), o.who(), Position{PersonID: second, Role: Director}); err != nil {
		t.Fatal(err)
	}
	if err := o.ResetFactors(t.Context(), o.who(), o.director); !errors.Is(err, ErrNotOwn) {
		t.Errorf("one's own: %v", err)
	}
	if err := o.ResetFactors(t.Context(), second.Actor(), o.director); err != nil {
		t.Fatal(err)
	}
	if o.session(token).State != Nobody {
		t.Error("a session outlived it")
	}
	if _, state := o.in("miriam", directorsPassword); state != MustEnrol {
		t.Errorf("state %d, want MustEnrol", state)
	}
}

func TestPasskeysBelongToAPlace(t *testing.T) {
	for p, want := range map[Place]bool{
		{"localhost", "http://localhost:8480"}:         true,
		{"127.0.0.1", "http://127.0.0.1:8480"}:         false,
		{"::1", "https://[::1]:8480"}:                  false,
		{"casehub.office", "https://casehub.office"}:   true,
		{"casehub.office", "http://casehub.office:80"}: false,
		{"", "http://"}: false,
	} {
		if got := p.Works(); got != want {
			t.Errorf("%v: %v", p, got)
		}
	}
}

// TestOddPasskeysOpenNothing answers questions with what no device gives.
func TestOddPasskeysOpenNothing(t *testing.T) {
	o := begin(t)
	at := Place{"localhost", "http://localhost:8480"}
	for _, credential := range []string{"", "{}", "null", `{"id":"AA","rawId":"AA","type":"public-key","response":{}}`, strings.Repeat("[", 10000), "\xff"} {
		q, _, err := o.AskPasskey(t.Context(), "", at)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := o.SignInPasskey(t.Context(), at, Answer{q.Mark, credential}, Try{From: From{Source: credential}}); !errors.Is(err, ErrPasskey) {
			t.Errorf("%.30q: %v, want ErrPasskey", credential, err)
		}
		if _, ok := o.asked.take(q.Mark); ok {
			t.Error("a question can be answered twice")
		}
	}
}

func TestQuestionsEndAndAreBounded(t *testing.T) {
	c := &clock{at: time.Unix(1_800_000_000, 0)}
	asked := newChallenges(c.now)
	old := must(asked.put(1, webauthn.SessionData{}))(t)
	c.pass(questionLife + time.Second)
	if _, ok := asked.take(old.Mark); ok {
		t.Error("an old question was answered")
	}
	for range mostQuestions + 50 {
		must(asked.put(1, webauthn.SessionData{}))(t)
	}
	if len(asked.open) > mostQuestions {
		t.Errorf("%d questions wait", len(asked.open))
	}
}

func TestThePictureHoldsTheSecret(t *testing.T) {
	secret := newSecret()
	if raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret); err != nil || len(raw) != 20 {
		t.Fatalf("secret of %d bytes, %v", len(raw), err)
	}
	uri := must(picture("Advice Network", "miriam", secret))(t)
	if !strings.HasPrefix(uri, "data:image/png;base64,") {
		t.Errorf("%.30s", uri)
	}
	if b, err := json.Marshal(grouped(secret)); err != nil || strings.Count(string(b), " ") != 7 {
		t.Errorf("grouped as %s", b)
	}
}

// A secret that somebody saw at an open computer is not the one that its owner
// sets up another day.
func TestASecretThatWaitsGrowsOld(t *testing.T) {
	o := begin(t)
	token, _ := o.in("miriam", directorsPassword)
	v := o.session(token)
	seen := must(o.Enrol(t.Context(), v))(t)
	o.clock.pass(pendingLife - time.Second)
	if again := must(o.Enrol(t.Context(), v))(t); again.Secret != seen.Secret {
		t.Error("the secret changed while its owner typed it")
	}
	o.clock.pass(2 * time.Second)
	later := must(o.Enrol(t.Context(), v))(t)
	if later.Secret == seen.Secret {
		t.Error("the secret is the same another day")
	}
	secret := strings.ReplaceAll(later.Secret, " ", "")
	if _, err := o.ConfirmAuthenticator(t.Context(), v, o.code(secret), directorsPassword); err != nil {
		t.Errorf("confirming the new one: %v", err)
	}
}

// Bad passkeys slow their source for a minute at most, as whoever fails with many
// logins: no key is guessed, and others sign in from the same computer.
func TestBadPasskeysDoNotKeepOthersOut(t *testing.T) {
	o := begin(t)
	at := Place{Host: "localhost", Origin: "http://localhost:8700"}
	for n := range 2 * passwordWaits.Free {
		_, _, err := o.SignInPasskey(t.Context(), at, Answer{Mark: fmt.Sprint(n), Credential: "{}"}, Try{From: From{Source: "10.0.0.1"}})
		if !errors.Is(err, ErrPasskey) {
			t.Fatalf("try %d: %v, want ErrPasskey", n, err)
		}
	}
}
