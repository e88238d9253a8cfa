package people

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/go-webauthn/webauthn/webauthn"

	"casehub/internal/sqlite"
	"casehub/node/vault"
)

// key gives somebody a passkey without a device.
func (o *office) key(id ID, name string) {
	o.t.Helper()
	b, err := json.Marshal(webauthn.Credential{ID: []byte(name)})
	if err != nil {
		o.t.Fatal(err)
	}
	err = o.db.Tx(o.t.Context(), func(tx *sqlite.Tx) error {
		return insertPasskey(o.t.Context(), tx, id, Passkey{ID: name, Name: name, Host: "localhost", CreatedAt: o.clock.now(), credential: string(b)}, []byte(name))
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

// rekey changes the master key as the node does; the director's password stays.
func (o *office) rekey() {
	o.t.Helper()
	if _, err := o.vault.Rekey(o.t.Context(), vault.Rekeying{Login: "miriam", Password: directorsPassword}); err != nil {
		o.t.Fatal(err)
	}
	var kept []vault.SlotID
	for _, slot := range o.vault.Slots() {
		if slot.Kind == vault.Password {
			kept = append(kept, slot.ID)
		}
	}
	err := o.db.Tx(o.t.Context(), func(tx *sqlite.Tx) error {
		_, err := o.Rekeyed(o.t.Context(), tx, kept)
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

// After a change of the keys nothing opens by which somebody came in before but the
// password of who did it; and who had a second factor needs one again, whatever
// their role asks for.
func TestAChangeOfTheKeysEndsEveryWayIn(t *testing.T) {
	o := begin(t)
	o.enrolled() // no role asks for a second factor
	id, password := o.settled("sipho")
	plain, plainPassword := o.settled("nomsa")
	token, _ := o.in("miriam", directorsPassword)
	secret, codes := o.app(token)
	o.key(o.director, "of the director")
	o.key(id, "of sipho")
	theirs, _ := o.in("sipho", password)
	device := must(o.Remember(t.Context(), o.session(token), ""))(t)

	o.rekey()

	for name, old := range map[string]string{"the director's": token, "sipho's": theirs} {
		if state := o.session(old).State; state != Nobody {
			t.Errorf("%s session goes on: state %d", name, state)
		}
	}
	for table, query := range map[string]string{
		"authenticators": `SELECT count(*) FROM authenticators`, "recovery codes": `SELECT count(*) FROM recovery_codes`,
		"passkeys": `SELECT count(*) FROM passkeys`, "known browsers": `SELECT count(*) FROM known_devices`,
	} {
		var n int
		if err := o.db.QueryRow(t.Context(), query, nil).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d %s are left, %v", n, table, err)
		}
	}
	if p := must(o.place(t.Context(), o.director, From{Source: "a", Device: device}))(t); p.known {
		t.Error("the browser is known still")
	}
	for login, old := range map[string]string{"sipho": password, "nomsa": plainPassword} {
		if _, _, err := o.SignIn(t.Context(), Try{Login: login, Password: old, From: From{Source: "a"}}); !errors.Is(err, ErrWrong) {
			t.Errorf("the old password of %s: %v", login, err)
		}
	}
	// The director: the password, then a new app; the old secret and codes count for
	// nothing.
	again, state := o.in("miriam", directorsPassword)
	if state != MustEnrol {
		t.Fatalf("the director: state %d, want MustEnrol", state)
	}
	if _, err := o.GiveCode(t.Context(), again, o.code(secret), From{Source: "a"}); !errors.Is(err, ErrNoSession) {
		t.Errorf("a code of the old app: %v", err)
	}
	if _, err := o.GiveCode(t.Context(), again, codes[0], From{Source: "a"}); !errors.Is(err, ErrNoSession) {
		t.Errorf("an old recovery code: %v", err)
	}
	fresh, _ := o.app(again)
	if fresh == secret {
		t.Error("the new app has the old secret")
	}
	if state := o.session(again).State; state != Full {
		t.Errorf("with a new app: state %d", state)
	}
	if err := o.RemoveAuthenticator(t.Context(), o.session(again), directorsPassword); err != nil {
		t.Fatal(err)
	}
	if state := o.session(again).State; state != Full {
		t.Errorf("the role asks for no second factor, and the state is %d", state)
	}
	// The others: a one-time password each, and who had a factor sets one up.
	for person, want := range map[ID]State{id: MustEnrol, plain: Full} {
		temporary, err := o.ResetPassword(t.Context(), o.who(), person)
		if err != nil {
			t.Fatal(err)
		}
		login := must(o.Person(t.Context(), person))(t).Login
		in, state := o.in(login, temporary)
		if state != MustChangePassword {
			t.Fatalf("%s: state %d", login, state)
		}
		if err := o.ChangePassword(t.Context(), o.session(in), temporary, "evening walk of "+login); err != nil {
			t.Fatal(err)
		}
		if state := o.session(in).State; state != want {
			t.Errorf("%s with a new password: state %d, want %d", login, state, want)
		}
	}
}
