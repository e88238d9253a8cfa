package vault_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"casehub/node/vault"
)

func TestAnyTwoSharesGiveTheWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := vault.WordsOf(drawKey.Draw(t, "key"))
		shares := words.Split()
		lang := rapid.SampledFrom([]string{"en", "es"}).Draw(t, "lang")
		for a := range shares {
			for b := range shares {
				first, err := vault.ParseShare(strings.Join(shares[a].List(lang), " "))
				if err != nil {
					t.Fatal(err)
				}
				second, err := vault.ParseShare(strings.ToUpper(strings.Join(shares[b].List("en"), "  ")))
				if err != nil {
					t.Fatal(err)
				}
				got, err := vault.Join(first, second)
				switch {
				case a == b && !errors.Is(err, vault.ErrSharesApart):
					t.Fatalf("share %d twice: %v", a+1, err)
				case a != b && (err != nil || got != words):
					t.Fatalf("shares %d and %d give other words (%v)", a+1, b+1, err)
				}
			}
		}
	})
}

// Every secret byte is exactly as likely as any other to whoever holds one
// share, whatever the share is.
func TestOneShareTellsNothing(t *testing.T) {
	for x := byte(1); x <= 3; x++ {
		for secret := range 256 {
			var seen [256]int
			for slope := range 256 {
				seen[vault.On(byte(secret), byte(slope), x)]++
			}
			for share, n := range seen {
				if n != 1 {
					t.Fatalf("share %d of secret %d at %d comes from %d slopes, want 1", share, secret, x, n)
				}
			}
		}
	}
}

func TestSharesOfDifferentWordsDoNotJoin(t *testing.T) {
	// Two sets get the same random name once in 65536: try more than one pair.
	apart := 0
	for range 3 {
		a, b := vault.NewWords().Split(), vault.NewWords().Split()
		if _, err := vault.Join(a[0], b[1]); errors.Is(err, vault.ErrSharesApart) {
			apart++
		}
	}
	if apart < 2 {
		t.Errorf("%d of 3 pairs were told apart", apart)
	}
	words := vault.NewWords()
	if _, err := vault.Join(words.Split()[0], words.Split()[1]); !errors.Is(err, vault.ErrSharesApart) {
		t.Errorf("two splits of the same words: %v", err)
	}
}

func TestMisreadShareIsTold(t *testing.T) {
	share := vault.NewWords().Split()[1]
	list, others := share.List("en"), vault.NewWords().List("en")
	for i := range list {
		for _, other := range others {
			changed := append([]string{}, list...)
			changed[i] = other
			if other == list[i] {
				continue
			}
			if _, err := vault.ParseShare(strings.Join(changed, " ")); !errors.Is(err, vault.ErrShareWrong) {
				t.Fatalf("word %d changed: %v, want ErrShareWrong", i+1, err)
			}
		}
		if j := (i + 1) % len(list); list[i] != list[j] {
			swapped := append([]string{}, list...)
			swapped[i], swapped[j] = swapped[j], swapped[i]
			if _, err := vault.ParseShare(strings.Join(swapped, " ")); !errors.Is(err, vault.ErrShareWrong) {
				t.Fatalf("words %d and %d swapped: %v, want ErrShareWrong", i+1, j+1, err)
			}
		}
	}
	if _, err := vault.ParseShare(strings.Join(others, " ")); !errors.Is(err, vault.ErrWordCount) {
		t.Errorf("recovery words as a share: %v", err)
	}
}

func TestFieldIsAField(t *testing.T) {
	for a := range 256 {
		if a > 0 && vault.Times(byte(a), vault.Inverse(byte(a))) != 1 {
			t.Fatalf("%d has no inverse", a)
		}
		for b := range 256 {
			if vault.Times(byte(a), byte(b)) != vault.Times(byte(b), byte(a)) {
				t.Fatalf("%d times %d depends on the order", a, b)
			}
		}
	}
	if got := vault.Times(0x57, 0x83); got != 0xc1 { // FIPS 197, section 4.2
		t.Errorf("57 times 83 is %x, want c1", got)
	}
}
