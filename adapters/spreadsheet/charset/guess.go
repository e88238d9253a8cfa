package charset

import (
	"maps"
	"strings"
	"unicode"
	"unicode/utf8"
)

// letters that are typical of a language beyond a to z, small ones; the capital
// of each counts as well.
var letters = map[string]string{
	"af": "áéèêëíîïóôöúûý", "cs": "áčďéěíňóřšťúůýž", "de": "äöüß", "es": "áéíñóúü", "fr": "àâæçèéêëîïôœùûüÿ",
	"hu": "áéíóöőúüű", "it": "àèéìòù", "nl": "áéèëïíóöúü", "pl": "ąćęłńóśźż", "pt": "ãáàâçéêíõóôúü", "ro": "ăâîșşțţ",
	"en": "éèêïñ", "ru": cyrillic, "uk": cyrillic + "ґєії", "bg": cyrillic, "el": greek, "sv": "äöå", "st": "šô", "ts": "ṱṋḽḓ",
}

const (
	cyrillic = "абвгдежзийклмнопрстуфхцчшщъыьэюяё"
	greek    = "αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώ"
)

// western are the languages of a file that says nothing: those of the offices
// that this was made for.
var western = []string{"es", "pt", "fr", "af", "nl", "de", "en"}

// guess returns the single-byte encoding in which the words read best. The
// order of charmaps breaks ties, so that Windows-1252 wins over its kin.
func guess(words map[string]int, language string) string {
	typical := typicalOf(language)
	best, top := charmaps[0].name, 0.0
	for i, c := range charmaps {
		if c.m == nil {
			break
		}
		total := 0.0
		table, letters := tableOf(c.m), typical
		if c.also != "" {
			letters = maps.Clone(typical)
			for _, r := range c.also {
				letters[r] = true
			}
		}
		for w, n := range words {
			total += wordScore(w, table, letters) * float64(min(n, 3))
		}
		if i == 0 || total > top {
			best, top = c.name, total
		}
	}
	return best
}

func typicalOf(language string) map[rune]bool {
	set := map[rune]bool{}
	add := func(s string) {
		for _, r := range s {
			set[r] = true
			set[unicode.ToUpper(r)] = true
		}
	}
	if l, ok := letters[strings.ToLower(language)]; ok {
		add(l)
		return set
	}
	for _, l := range western {
		add(letters[l])
	}
	return set
}

// wordScore says how well a word reads in an encoding: typical letters speak
// for it, and against it speak signs inside a word, capitals after small
// letters, frames, and letters of two alphabets.
func wordScore(word string, table *[256]rune, typical map[rune]bool) float64 {
	score := 0.0
	var w wordState
	for i := range len(word) {
		r := table[word[i]]
		if word[i] >= 0x80 {
			score += letterScore(r, typical, i, len(word))
			if unicode.IsLetter(r) && besideDigit(word, i) {
				score -= 4
			}
		}
		score += w.next(r)
	}
	return score + w.end()
}

func letterScore(r rune, typical map[rune]bool, at, length int) float64 {
	edge := at == 0 || at == length-1
	switch {
	case r == utf8.RuneError, unicode.IsControl(r):
		return -8
	case typical[r]:
		return 2
	case unicode.In(r, unicode.Cyrillic, unicode.Greek, unicode.Arabic):
		return 0.5
	case unicode.IsLetter(r):
		return -0.5
	case edge && strings.ContainsRune("“”‘’„«»–—…€£\u00a0\u202f°ºª", r):
		return 2
	case r >= 0x2500 && r < 0x2600:
		return -4
	case r == '’' || r == '\u00a0' || r == '–' || r == '—':
		return 0
	case edge:
		return -1
	}
	return -5
}

func besideDigit(word string, i int) bool {
	return i > 0 && isDigit(word[i-1]) || i+1 < len(word) && isDigit(word[i+1])
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// wordState follows the letters of a word.
type wordState struct {
	small         bool
	latin, native int // letters of the Latin alphabet, and of Greek, Cyrillic or Arabic
	other         int
}

func (w *wordState) next(r rune) float64 {
	score := 0.0
	switch {
	case !unicode.IsLetter(r):
		w.small = false
		return 0
	case unicode.IsUpper(r) && w.small:
		score = -5
	}
	w.small = unicode.IsLower(r)
	switch {
	case unicode.Is(unicode.Latin, r):
		w.latin++
	case unicode.In(r, unicode.Cyrillic, unicode.Greek, unicode.Arabic):
		w.native++
	default:
		w.other++
	}
	return score
}

// end judges the word as a whole: whole words of one alphabet are likely,
// single foreign letters are not.
func (w *wordState) end() float64 {
	switch {
	case w.native > 0 && w.latin > 0:
		return -6
	case w.native >= 3:
		return 2 * float64(w.native)
	case w.native > 0:
		return -1
	}
	return 0
}
