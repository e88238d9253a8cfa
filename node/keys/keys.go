// Package keys is what directors do about the keys of a node: they look at its
// state, make new recovery words, cut the words into three shares, and change the
// master key after something was stolen.
//
// The keys themselves are in the vault; here is who may deal with them, what the
// database remembers of them, and how the words get onto paper. New words are
// shown before they count, and count only when some of them were typed back: until
// then those of before open everything. They wait in memory alone, for the session
// that asked for them.
//
// A change of the master key runs while nobody serves the node, so it is a
// command; Settle does what is left to do in the new database, also after a break.
// The database remembers the newest key file, so that an older one put back is
// noticed.
//
// Rules are in keys.go, words that wait in drafts.go, operations in service.go,
// the key file put back in putback.go, SQL in sql.go, and pages in http.go with the templates beside it.
package keys

import (
	"math/rand/v2"
	"slices"
	"time"

	"casehub/internal/errs"
	"casehub/internal/text"
	"casehub/node/people"
	"casehub/node/vault"
)

// Manage is the action that everything here needs.
const Manage = "keys.manage"

// Asked is how many words have to be typed back.
const Asked = 3

var (
	// ErrWord reports a word that was typed back and is another one; its value
	// "number" says which. On a page it blames the field of that word.
	ErrWord = errs.New(errs.Invalid, "keys.word-wrong")
	// ErrNotTheseWords reports words that do not open this node.
	ErrNotTheseWords = errs.New(errs.Invalid, "keys.not-these-words").On("words")
	// ErrNotNoted reports words that count already although noting them failed.
	ErrNotNoted = errs.New(errs.Unavailable, "keys.not-noted")
)

// State is what a director may know of the keys. There is no secret in it.
type State struct {
	// Passwords is how many passwords open the node, and KeyFile whether a file
	// does without anybody.
	Passwords int
	KeyFile   bool
	// Without are the people who need a one-time password.
	Without []people.Person
	// RecoveryAt is when the recovery words were made, RekeyedAt when the master
	// key was changed; zero is at the set-up.
	RecoveryAt, RekeyedAt time.Time
	// PutBackAt is when an older key file was met, until a director has looked; zero
	// is never. OldWords says that recovery words of before count again by it.
	PutBackAt time.Time
	OldWords  bool
}

// Ask chooses the words that have to be typed back: numbers from 1, in order.
func Ask(words vault.Words) []int {
	ask := rand.Perm(len(words.List("en")))[:Asked]
	for i := range ask {
		ask[i]++
	}
	slices.Sort(ask)
	return ask
}

// CheckWord says whether what somebody typed is the word of a number, in either
// language. It fails with ErrWord.
func CheckWord(words vault.Words, number int, typed string) error {
	typed = text.Marks(typed)
	for _, lang := range []string{"en", "es"} {
		if typed == text.Marks(words.List(lang)[number-1]) {
			return nil
		}
	}
	return ErrWord.With("number", number)
}
