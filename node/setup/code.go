package setup

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"strings"
	"sync"
)

// alphabet has no letter that is read as another or as a digit.
const alphabet = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"

// tries is how often a code may be guessed before there is a new one.
const tries = 5

// codes is the one-time code of the terminal and what it opened. It is safe for
// use by many goroutines.
type codes struct {
	mu     sync.Mutex
	print  func(code string)
	code   string
	left   int
	opened string // session of whoever typed the code; "" nobody yet
}

// newCodes makes the first code and prints it.
func newCodes(print func(string)) *codes {
	c := &codes{print: print}
	c.renew()
	return c
}

func (c *codes) renew() {
	c.code, c.left = random(8), tries
	c.print(c.code[:4] + "-" + c.code[4:])
}

// open returns a session for the right code, once. Whoever comes after that, and
// whoever guessed wrong a handful of times, needs the new code that the terminal
// prints then.
func (c *codes) open(typed string) (session string, ok bool) {
	typed = strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(typed))
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.code == "" {
		c.renew()
		return "", false
	}
	if subtle.ConstantTimeCompare([]byte(typed), []byte(c.code)) != 1 {
		if c.left--; c.left == 0 {
			c.renew()
		}
		return "", false
	}
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the program instead
	c.opened, c.code = base64.RawURLEncoding.EncodeToString(b[:]), ""
	return c.opened, true
}

// knows reports whether a session is the one that was opened last.
func (c *codes) knows(session string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.opened != "" && subtle.ConstantTimeCompare([]byte(session), []byte(c.opened)) == 1
}

// random returns n letters, each as likely as the others.
func random(n int) string {
	out := make([]byte, 0, n)
	for len(out) < n {
		var b [1]byte
		_, _ = rand.Read(b[:]) // never fails: it ends the program instead
		if limit := 256 / len(alphabet) * len(alphabet); int(b[0]) < limit {
			out = append(out, alphabet[int(b[0])%len(alphabet)])
		}
	}
	return string(out)
}
