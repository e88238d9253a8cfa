// Package pace slows whoever guesses a secret, and hardly anybody else.
//
// Delays makes the next try for an account from a place wait after failures
// there. What fails at one place delays no other, and no wait is longer than the
// rules say: whoever knows the secret gets in soon after a guesser has gone, and
// at once where no guesser is. The other side of a short wait is the number of
// guesses, which MostIn says.
//
// Turns lets costly checks run one after another, the places in turn, and not
// more often than a guesser should have: a crowd at one place takes no more time
// from another place than one of its own tries.
//
// Delays are in delays.go, turns in turns.go. Nothing is kept outside memory.
package pace

import (
	"crypto/sha256"
	"net/netip"
	"time"
)

// Rules say how an account at a place waits after failures.
type Rules struct {
	// Free is how many failures cost no wait.
	Free int
	// First is the wait after the next one; it doubles with each more, up to Most.
	First, Most time.Duration
	// Pardon is after which time without a try one failure is forgiven.
	Pardon time.Duration
}

// wait is what failures cost.
func (r Rules) wait(failures int) time.Duration {
	above := failures - r.Free
	switch {
	case above < 0:
		return 0
	case above > 20:
		return r.Most
	}
	return min(r.First<<above, r.Most)
}

// MostIn bounds the guesses that somebody gets at one account from one place in a
// span of time, however they spread them.
func (r Rules) MostIn(span time.Duration) int {
	doubling := 0
	for d := r.First; d > 0 && d < r.Most; d *= 2 {
		doubling++
	}
	return r.Free + doubling + int(span/r.Most) + int(span/r.Pardon) + 1
}

// Place is a digest of where somebody tries from, so that what strangers send is
// not kept.
type Place [16]byte

// Address returns the place of a network address; of IPv6 the network of 64 bits,
// which one household has.
func Address(source string) Place {
	if a, err := netip.ParseAddr(source); err == nil && a.Unmap().Is6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			source = p.String()
		}
	}
	return place("address", source)
}

// Named returns the place of a kind that is no address: a browser that somebody
// came in by before, a session.
func Named(kind, name string) Place { return place(kind, name) }

func place(kind, name string) Place {
	sum := sha256.Sum256([]byte(kind + "\x00" + name))
	return Place(sum[:16])
}
