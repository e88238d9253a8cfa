package people

import (
	_ "embed" // the list of common passwords
	"strings"
	"unicode"
	"unicode/utf8"

	"casehub/internal/errs"
	"casehub/internal/text"
)

// Bounds of a password, in characters. There is no rule on kinds of characters:
// length and what everybody tries first are what counts.
const (
	passwordLeast = 12
	passwordMost  = 256
	// remainder is how many characters have to stay when the words that others
	// know of the person are taken out.
	remainder = 8
	// affix is how many digits and marks at an end of a word are looked behind.
	affix = 8
)

// What a password is refused for. All blame the field "password".
var (
	ErrShort      = errs.New(errs.Invalid, "people.password-short").On("password").With("least", passwordLeast)
	ErrLong       = errs.New(errs.Invalid, "people.password-long").On("password").With("most", passwordMost)
	ErrCommon     = errs.New(errs.Invalid, "people.password-common").On("password")
	ErrObvious    = errs.New(errs.Invalid, "people.password-obvious").On("password")
	ErrUnreadable = errs.New(errs.Invalid, "people.password-unreadable").On("password")
)

// common holds the passwords that people choose first, one a line, folded.
//
//go:embed common.txt
var commonList string

var common = readList(commonList)

func readList(list string) map[string]bool {
	all := map[string]bool{}
	for line := range strings.Lines(list) {
		if word := strings.TrimSpace(line); word != "" && !strings.HasPrefix(word, "#") {
			all[word] = true
		}
	}
	return all
}

// ready returns a password as it is given to the vault: in one normal form, so
// that every keyboard types the same.
func ready(password string) string { return text.Compatible(password) }

// CheckPassword says whether a password may be chosen. Context are the words that
// others know of the person: login, name, organisation.
func CheckPassword(password string, context ...string) error {
	p := ready(password)
	switch n := utf8.RuneCountInString(p); {
	case !utf8.ValidString(password) || strings.ContainsFunc(p, unicode.IsControl):
		return ErrUnreadable
	case n < passwordLeast:
		return ErrShort
	case n > passwordMost:
		return ErrLong
	case isCommon(p):
		return ErrCommon
	case isObvious(p, context):
		return ErrObvious
	}
	return nil
}

// isCommon reports a password of the list however it is dressed up: with capitals
// and accents, with signs for letters, with digits and marks at its ends or
// between its words, written twice or more, or with another word of the list.
func isCommon(p string) bool {
	plain := text.Plain(p)
	core := strings.TrimFunc(plain, func(r rune) bool { return !unicode.IsLetter(r) })
	if undressed(plain) {
		return true
	}
	for _, s := range []string{plain, core, unleet.Replace(core), fold(p)} {
		if common[s] || repeats(s) || runs(s) {
			return true
		}
		letters := strings.Map(onlyLetters, s)
		if common[letters] || unit(letters) || twoWords(letters) {
			return true
		}
	}
	return false
}

// undressed reports a word of the list, digits and all, with more digits or marks
// before or after it.
func undressed(s string) bool {
	first := len(s) - len(strings.TrimLeftFunc(s, func(r rune) bool { return !unicode.IsLetter(r) }))
	last := len(strings.TrimRightFunc(s, func(r rune) bool { return !unicode.IsLetter(r) }))
	for from := 0; from <= min(first, affix); from++ {
		for to := max(last, from, len(s)-affix); to <= len(s); to++ {
			if w := s[from:to]; common[w] || unit(w) {
				return true
			}
		}
	}
	return false
}

// unleet are signs that people write for letters.
var unleet = strings.NewReplacer("@", "a", "4", "a", "3", "e", "1", "i", "!", "i", "0", "o", "$", "s", "5", "s", "7", "t")

// fold takes away what people think makes a password another one: capitals,
// accents, and signs that stand for letters, but for those at the end.
func fold(p string) string {
	p = text.Plain(p)
	head := strings.TrimRightFunc(p, func(r rune) bool { return !unicode.IsLetter(r) })
	return unleet.Replace(head) + p[len(head):]
}

func onlyLetters(r rune) rune {
	if unicode.IsLetter(r) {
		return r
	}
	return -1
}

// unit reports a listed word that is written several times.
func unit(s string) bool {
	for n := 3; n <= len(s)/2; n++ {
		if len(s)%n == 0 && common[s[:n]] && strings.Repeat(s[:n], len(s)/n) == s {
			return true
		}
	}
	return false
}

// twoWords reports two listed words side by side. Three words that a person
// picks are a passphrase.
func twoWords(s string) bool {
	for n := 3; n <= len(s)-3; n++ {
		if common[s[:n]] && common[s[n:]] {
			return true
		}
	}
	return false
}

// repeats reports a few characters written again and again.
func repeats(s string) bool {
	for n := 1; n <= 4 && n <= len(s)/3; n++ {
		if strings.HasPrefix(s, strings.Repeat(s[:n], len(s)/n)) {
			return true
		}
	}
	return false
}

// rows are the characters as they stand side by side on keyboards and in lists.
var rows = []string{
	"01234567890123456789", "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", "qwertyuiopqwertyuiop", "asdfghjklasdfghjkl",
	"zxcvbnmzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "qazwsxedcrfvtgbyhnujmikolp", "1q2w3e4r5t6y7u8i9o0p",
}

// runs reports a password that is made of runs of such characters, forwards or
// backwards, each of four or more.
func runs(s string) bool {
	left, parts := s, 0
	if s == "" {
		return false
	}
	for left != "" {
		n := run(left)
		if n < 4 {
			return false
		}
		left = left[n:]
		parts++
	}
	return parts <= 4
}

// run returns the length of the longest run that s begins with.
func run(s string) int {
	best := 0
	for _, row := range rows {
		for _, r := range []string{row, reversed(row)} {
			n := 0
			for n < len(s) && n < len(r) && strings.Contains(r, s[:n+1]) {
				n++
			}
			best = max(best, n)
		}
	}
	return best
}

func reversed(s string) string {
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

// isObvious reports a password of which too little stays when the words that
// others know of the person are taken out.
func isObvious(p string, context []string) bool {
	left, before := fold(p), ""
	for _, words := range context {
		for _, w := range text.Words(words) {
			if utf8.RuneCountInString(w) >= 3 {
				left = strings.ReplaceAll(left, w, "")
			}
		}
	}
	if before = fold(p); left == before {
		return false
	}
	return utf8.RuneCountInString(left) < remainder
}
