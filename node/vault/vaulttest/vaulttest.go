// Package vaulttest makes vaults for tests, with passwords that cost next to
// nothing to compute.
package vaulttest

import (
	"path/filepath"
	"testing"

	"casehub/node/vault"
)

// Params are the cheapest that are accepted under vault.AllowWeak.
var Params = vault.Params{MemoryKiB: 8, Passes: 1, Lanes: 1}

// Create makes an unsealed vault in a new folder of the test's.
func Create(t testing.TB) (*vault.Vault, vault.Words) {
	t.Helper()
	return CreateAt(t, filepath.Join(t.TempDir(), "vault.json"))
}

// CreateAt makes an unsealed vault at path.
func CreateAt(t testing.TB, path string) (*vault.Vault, vault.Words) {
	t.Helper()
	v, words, err := vault.Create(t.Context(), path, Params, vault.AllowWeak())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Seal)
	return v, words
}

// Open opens the sealed vault at path.
func Open(t testing.TB, path string) *vault.Vault {
	t.Helper()
	v, err := vault.Open(t.Context(), path, vault.AllowWeak())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Seal)
	return v
}
