package vault_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"casehub/node/vault"
	"casehub/node/vault/vaulttest"
)

const (
	login    = "thandi"
	password = "seven green bicycles"
)

// kept is a vault on the disk with every way in.
type kept struct {
	path, keyFile string
	words         vault.Words
	slot          vault.SlotID
	master        vault.Key // of a purpose, to compare vaults by
}

func keep(t *testing.T) kept {
	t.Helper()
	dir := t.TempDir()
	k := kept{path: filepath.Join(dir, "vault.json"), keyFile: filepath.Join(dir, "node.key")}
	v, words := vaulttest.CreateAt(t, k.path)
	k.words = words
	k.slot = mustAdd(t, v, login, password)
	if err := v.AddKeyFile(t.Context(), k.keyFile); err != nil {
		t.Fatal(err)
	}
	k.master = mustDerive(t, v)
	v.Seal()
	return k
}

func mustAdd(t *testing.T, v *vault.Vault, login, password string) vault.SlotID {
	t.Helper()
	id, err := v.AddPassword(t.Context(), login, password)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func mustDerive(t *testing.T, v *vault.Vault) vault.Key {
	t.Helper()
	k, err := v.Derive("test")
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestEveryWayInGivesTheSameKey(t *testing.T) {
	k := keep(t)
	for name, unseal := range map[string]func(*vault.Vault) error{
		"password": func(v *vault.Vault) error {
			id, err := v.UnsealPassword(t.Context(), " Thandi ", password)
			if err == nil && id != k.slot {
				t.Errorf("slot %s, want %s", id, k.slot)
			}
			return err
		},
		"words":    func(v *vault.Vault) error { return v.UnsealRecovery(k.words) },
		"key file": func(v *vault.Vault) error { return v.UnsealKeyFile(k.keyFile) },
	} {
		v := vaulttest.Open(t, k.path)
		if !v.Sealed() {
			t.Fatal("opened unsealed")
		}
		if err := unseal(v); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if mustDerive(t, v) != k.master {
			t.Errorf("%s: another key", name)
		}
		db, err := v.DatabaseKey()
		if err != nil || vault.Key(db) == k.master {
			t.Errorf("%s: the database's key is another purpose's (%v)", name, err)
		}
	}
}

func TestWrongSecretsOpenNothing(t *testing.T) {
	k := keep(t)
	v := vaulttest.Open(t, k.path)
	for name, err := range map[string]error{
		"password":       second(v.UnsealPassword(t.Context(), login, password+"!")),
		"empty":          second(v.UnsealPassword(t.Context(), "", "")),
		"other login":    second(v.UnsealPassword(t.Context(), "pieter", password)),
		"joined":         second(v.UnsealPassword(t.Context(), login+password, "")),
		"other words":    v.UnsealRecovery(vault.NewWords()),
		"other key":      v.UnsealKey(vault.Key{1}),
		"words as a key": v.UnsealKey(k.words.Derive("")),
	} {
		if !errors.Is(err, vault.ErrWrongSecret) {
			t.Errorf("%s: %v, want ErrWrongSecret", name, err)
		}
	}
	if !v.Sealed() {
		t.Error("the vault is open")
	}
}

func second[T any](_ T, err error) error { return err }

func TestSealedVaultGivesNothing(t *testing.T) {
	k := keep(t)
	v := vaulttest.Open(t, k.path)
	if err := v.UnsealRecovery(k.words); err != nil {
		t.Fatal(err)
	}
	v.Seal()
	v.Seal()
	for name, err := range map[string]error{
		"DatabaseKey":   second(v.DatabaseKey()),
		"Derive":        second(v.Derive("x")),
		"Former":        second(v.Former("x")),
		"CheckPassword": second(v.CheckPassword(t.Context(), login, password)),
		"AddPassword":   second(v.AddPassword(t.Context(), login, password)),
		"RemoveSlot":    v.RemoveSlot(t.Context(), k.slot),
		"NewRecovery":   second(v.NewRecovery(t.Context())),
		"AddKeyFile":    v.AddKeyFile(t.Context(), k.keyFile),
	} {
		if !errors.Is(err, vault.ErrSealed) {
			t.Errorf("%s: %v, want ErrSealed", name, err)
		}
	}
}

func TestRemovedSlotDoesNotOpen(t *testing.T) {
	k := keep(t)
	v := vaulttest.Open(t, k.path)
	if err := v.UnsealRecovery(k.words); err != nil {
		t.Fatal(err)
	}
	other := mustAdd(t, v, "pieter", "another long password")
	if err := v.RemoveSlot(t.Context(), k.slot); err != nil {
		t.Fatal(err)
	}
	if err := v.RemoveSlot(t.Context(), k.slot); !errors.Is(err, vault.ErrNoSlot) {
		t.Errorf("removing it twice: %v", err)
	}
	if _, err := v.CheckPassword(t.Context(), login, password); !errors.Is(err, vault.ErrWrongSecret) {
		t.Errorf("checking the leaver's password: %v", err)
	}
	again := vaulttest.Open(t, k.path)
	if _, err := again.UnsealPassword(t.Context(), login, password); !errors.Is(err, vault.ErrWrongSecret) {
		t.Errorf("the leaver's password: %v", err)
	}
	if id, err := again.UnsealPassword(t.Context(), "pieter", "another long password"); err != nil || id != other {
		t.Errorf("the other's password: %s, %v", id, err)
	}
}

func TestReplacedPasswordIsOneStep(t *testing.T) {
	k := keep(t)
	v := vaulttest.Open(t, k.path)
	if err := v.UnsealRecovery(k.words); err != nil {
		t.Fatal(err)
	}
	slots, before := len(v.Slots()), v.Revision()
	id, err := v.ReplacePassword(t.Context(), k.slot, login, "an entirely new one")
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Slots()) != slots || v.Revision() != before+1 {
		t.Errorf("%d slots and revision %d, want %d and %d", len(v.Slots()), v.Revision(), slots, before+1)
	}
	if got, err := v.CheckPassword(t.Context(), login, "an entirely new one"); err != nil || got != id {
		t.Errorf("the new password: %s, %v", got, err)
	}
	if _, err := v.CheckPassword(t.Context(), login, password); !errors.Is(err, vault.ErrWrongSecret) {
		t.Errorf("the old password: %v", err)
	}
}

func TestNewRecoveryEndsTheOldWords(t *testing.T) {
	k := keep(t)
	v := vaulttest.Open(t, k.path)
	if _, err := v.UnsealPassword(t.Context(), login, password); err != nil {
		t.Fatal(err)
	}
	words, err := v.NewRecovery(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range v.Slots() {
		if s.Kind != vault.Recovery {
			continue
		}
		if err := v.RemoveSlot(t.Context(), s.ID); !errors.Is(err, vault.ErrNoSlot) {
			t.Errorf("the recovery slot was removed: %v", err)
		}
	}
	again := vaulttest.Open(t, k.path)
	if err := again.UnsealRecovery(k.words); !errors.Is(err, vault.ErrWrongSecret) {
		t.Errorf("the old words: %v", err)
	}
	if err := again.UnsealRecovery(words); err != nil {
		t.Errorf("the new words: %v", err)
	}
}

// A change of another process is seen, and none is lost.
func TestTwoProcessesLoseNoSlot(t *testing.T) {
	k := keep(t)
	a, b := vaulttest.Open(t, k.path), vaulttest.Open(t, k.path)
	for _, v := range []*vault.Vault{a, b} {
		if err := v.UnsealRecovery(k.words); err != nil {
			t.Fatal(err)
		}
	}
	mustAdd(t, a, "one", "the password of one")
	mustAdd(t, b, "two", "the password of two")
	again := vaulttest.Open(t, k.path)
	for _, who := range []string{"one", "two"} {
		if _, err := again.UnsealPassword(t.Context(), who, "the password of "+who); err != nil {
			t.Errorf("%s: %v", who, err)
		}
	}
}

func TestCreateKeepsWhatIsThere(t *testing.T) {
	k := keep(t)
	if _, _, err := vault.Create(t.Context(), k.path, vaulttest.Params, vault.AllowWeak()); !errors.Is(err, vault.ErrExists) {
		t.Errorf("creating over a vault: %v", err)
	}
	if _, err := vault.Open(t.Context(), k.path+"x"); !errors.Is(err, vault.ErrMissing) {
		t.Errorf("opening no file: %v", err)
	}
}

func TestWeakPasswordsAreForTestsAlone(t *testing.T) {
	k := keep(t)
	if _, err := vault.Open(t.Context(), k.path); !errors.Is(err, vault.ErrWeak) {
		t.Errorf("opening a weak file: %v", err)
	}
	for _, p := range []vault.Params{
		vaulttest.Params,
		{MemoryKiB: 64<<10 - 1, Passes: 3, Lanes: 4},
		{MemoryKiB: 64 << 10, Passes: 2, Lanes: 4},
		{MemoryKiB: 1 << 30, Passes: 3, Lanes: 4},
		{MemoryKiB: 64 << 10, Passes: 1 << 30, Lanes: 4},
		{MemoryKiB: 64 << 10, Passes: 3},
	} {
		if _, _, err := vault.Create(t.Context(), filepath.Join(t.TempDir(), "v"), p); !errors.Is(err, vault.ErrWeak) {
			t.Errorf("%+v: %v, want ErrWeak", p, err)
		}
	}
}

func TestWaitingForAPasswordEndsWithTheContext(t *testing.T) {
	k := keep(t)
	v := vaulttest.Open(t, k.path)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := v.UnsealPassword(ctx, login, password); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
}

func TestWordsInBothLanguages(t *testing.T) {
	words := vault.NewWords()
	for _, lang := range []string{"en", "es"} {
		list := words.List(lang)
		if len(list) != 24 {
			t.Fatalf("%d words", len(list))
		}
		got, err := vault.ParseWords("  " + strings.ToUpper(strings.Join(list, "\n ")))
		if err != nil || got != words {
			t.Errorf("%s: the words come back as others (%v)", lang, err)
		}
	}
}
