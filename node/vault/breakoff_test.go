package vault_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"casehub/node/vault"
	"casehub/node/vault/vaulttest"
)

// brokenOff runs fn and breaks it off before a step; 0 counts the steps.
func brokenOff(v *vault.Vault, at int, fn func()) (steps int) {
	type death struct{}
	v.Between(func(string) {
		if steps++; steps == at {
			panic(death{})
		}
	})
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(death); !ok {
				panic(r)
			}
		}
		v.Between(nil)
	}()
	fn()
	return steps
}

// Broken off before any step, a change of the key file was made or was not, and
// whoever it did not concern gets in as before.
func TestChangesOfTheFileAreWhole(t *testing.T) {
	ctx := context.Background()
	words := vault.NewWords()
	const other = "another long password"
	for name, c := range map[string]struct {
		change func(v *vault.Vault, k kept) error
		opens  func(v *vault.Vault, k kept) (before, after error) // by the way in from before and the one from after
	}{
		"add": {
			func(v *vault.Vault, _ kept) error { return second(v.AddPassword(ctx, "pieter", other)) },
			func(v *vault.Vault, k kept) (error, error) {
				return v.UnsealRecovery(k.words), second(v.UnsealPassword(ctx, "pieter", other))
			},
		},
		"remove": {
			func(v *vault.Vault, k kept) error { return v.RemoveSlot(ctx, k.slot) },
			func(v *vault.Vault, k kept) (error, error) {
				return second(v.UnsealPassword(ctx, login, password)), v.UnsealRecovery(k.words)
			},
		},
		"replace": {
			func(v *vault.Vault, k kept) error { return second(v.ReplacePassword(ctx, k.slot, login, other)) },
			func(v *vault.Vault, _ kept) (error, error) {
				return second(v.UnsealPassword(ctx, login, password)), second(v.UnsealPassword(ctx, login, other))
			},
		},
		"recovery": {
			func(v *vault.Vault, _ kept) error { return v.SetRecovery(ctx, words) },
			func(v *vault.Vault, k kept) (error, error) { return v.UnsealRecovery(k.words), v.UnsealRecovery(words) },
		},
		"key file": {
			func(v *vault.Vault, k kept) error { return v.AddKeyFile(ctx, k.keyFile) },
			func(v *vault.Vault, k kept) (error, error) { return v.UnsealKeyFile(k.keyFile), nil },
		},
	} {
		t.Run(name, func(t *testing.T) {
			for at, steps := 0, 1; at <= steps; at++ {
				k := keep(t)
				v := vaulttest.Open(t, k.path)
				if err := v.UnsealRecovery(k.words); err != nil {
					t.Fatal(err)
				}
				n := brokenOff(v, at, func() {
					if err := c.change(v, k); err != nil {
						t.Error(err)
					}
				})
				if at == 0 {
					steps = n
				}
				again := vaulttest.Open(t, k.path)
				before, after := c.opens(again, k)
				if before != nil && after != nil || again.Sealed() || mustDerive(t, again) != k.master {
					t.Errorf("broken off before step %d of %d: %v and %v", at, steps, before, after)
				}
				if _, err := os.Stat(k.path + ".new"); err == nil {
					t.Errorf("broken off before step %d of %d: a file with a slot is left", at, steps)
				}
			}
		})
	}
}

// A set-up that was broken off can be done again: there is no key file, or one
// that opens.
func TestCreateIsWhole(t *testing.T) {
	for die := 1; die <= 5; die++ {
		path := filepath.Join(t.TempDir(), "vault.json")
		steps := 0
		func() {
			defer func() { _ = recover() }()
			_, _, _ = vault.Create(t.Context(), path, vaulttest.Params, vault.AllowWeak(), vault.OpenBetween(func(string) {
				if steps++; steps == die {
					panic("dies")
				}
			}))
		}()
		_, err := vault.Open(t.Context(), path, vault.AllowWeak())
		if err != nil && !errors.Is(err, vault.ErrMissing) {
			t.Errorf("broken off before step %d: %v", die, err)
		}
		if errors.Is(err, vault.ErrMissing) {
			vaulttest.CreateAt(t, path)
		}
	}
}

// Many people at the door at once, some of them giving up, take two places.
func TestTwoPasswordsAtOnce(t *testing.T) {
	k := keep(t)
	v := vaulttest.Open(t, k.path)
	if err := v.UnsealRecovery(k.words); err != nil {
		t.Fatal(err)
	}
	var inside, most, right atomic.Int32
	v.Computing(func() func() {
		most.Store(max(most.Load(), inside.Add(1)))
		time.Sleep(2 * time.Millisecond) // long enough for a third, were there a place
		return func() { inside.Add(-1) }
	})
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if i%4 == 0 {
				cancel()
			}
			if _, err := v.CheckPassword(ctx, login, password); err == nil {
				right.Add(1)
			} else if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if most.Load() > 2 || right.Load() != 30 {
		t.Errorf("%d at once, %d right, want at most 2 and 30", most.Load(), right.Load())
	}
}

// Sealing does not wait for those who use the vault, and each of them gets a
// whole answer or ErrSealed.
func TestSealWhileOthersUseIt(t *testing.T) {
	k := keep(t)
	v := vaulttest.Open(t, k.path)
	fine := func(err error) {
		if err != nil && !errors.Is(err, vault.ErrSealed) {
			t.Error(err)
		}
	}
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			for range 20 {
				fine(v.UnsealRecovery(k.words))
				key, err := v.Derive("test")
				fine(err)
				if err == nil && key != k.master {
					t.Error("a key half wiped")
				}
				fine(second(v.CheckPassword(t.Context(), login, password)))
				fine(second(v.AddPassword(t.Context(), "x", "y")))
				_, _, _ = v.Slots(), v.Revision(), v.Sealed()
				v.Seal()
			}
		})
	}
	all.Wait()
}

// A slot that was computed for the master key before is not written into the
// file of the next one, where it would open nothing.
func TestSlotComputedDuringARekeyIsRefused(t *testing.T) {
	h := build(t)
	v := vaulttest.Open(t, filepath.Join(h.dir, "vault.json"))
	if err := v.UnsealRecovery(h.words); err != nil {
		t.Fatal(err)
	}
	v.Computing(func() func() {
		v.Computing(nil)
		if _, err := v.Rekey(t.Context(), howIn(h.dir)); err != nil {
			t.Error(err)
		}
		return func() {}
	})
	if _, err := v.AddPassword(t.Context(), "late", "another long password"); !errors.Is(err, vault.ErrBusy) {
		t.Errorf("err = %v, want ErrBusy", err)
	}
	if _, err := v.AddPassword(t.Context(), "late", "another long password"); err != nil {
		t.Errorf("again: %v", err)
	}
	if _, err := v.CheckPassword(t.Context(), "late", "another long password"); err != nil {
		t.Errorf("the slot does not open: %v", err)
	}
}

// A process that slept through a re-key of another one is told so, and changes
// nothing.
func TestRekeyOfAnotherProcessIsSeen(t *testing.T) {
	h := build(t)
	asleep, v := vaulttest.Open(t, filepath.Join(h.dir, "vault.json")), vaulttest.Open(t, filepath.Join(h.dir, "vault.json"))
	if err := errors.Join(asleep.UnsealRecovery(h.words), v.UnsealRecovery(h.words)); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Rekey(t.Context(), howIn(h.dir)); err != nil {
		t.Fatal(err)
	}
	if _, err := asleep.AddPassword(t.Context(), "late", "another long password"); !errors.Is(err, vault.ErrBusy) {
		t.Errorf("adding a slot: %v, want ErrBusy", err)
	}
	if _, err := asleep.UnsealPassword(t.Context(), login, password); !errors.Is(err, vault.ErrBusy) {
		t.Errorf("unsealing: %v, want ErrBusy", err)
	}
	asleep.Seal()
	if _, err := asleep.UnsealPassword(t.Context(), login, password); err != nil || mustDerive(t, asleep) != mustDerive(t, v) {
		t.Errorf("after sealing: %v", err)
	}
}

// Backups go to the words of now, also when another process changed them.
func TestRecoveryWordsOfAnotherProcessAreSeen(t *testing.T) {
	k := keep(t)
	serving, other := vaulttest.Open(t, k.path), vaulttest.Open(t, k.path)
	if err := errors.Join(serving.UnsealRecovery(k.words), other.UnsealRecovery(k.words)); err != nil {
		t.Fatal(err)
	}
	words := vault.NewWords()
	if err := other.SetRecovery(t.Context(), words); err != nil {
		t.Fatal(err)
	}
	to, err := serving.RecoveryRecipient()
	if err != nil || to.String() != words.Identity().Recipient().String() {
		t.Errorf("backups still go to the words before: %v", err)
	}
}
