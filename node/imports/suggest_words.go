package imports

import (
	"strconv"
	"strings"

	"casehub/internal/codelist"
)

// guessWord returns the value of a field that a word seems to mean, "" for none. It is
// a guess: a person says yes or no to it.
func guessWord(f field, word string, reg *codelist.Registry) string {
	v, _ := meantBy(f, word, reg)
	return v
}

// nearly is how much of a label a word must have for being it but for a slip of the pen,
// and slipped how long it must be for that.
const (
	nearly  = 0.85
	slipped = 6
)

// meantBy returns the value of a field that a word seems to mean, "" for none, and whether
// it is called so: by the label of the value, or by one with a letter more or less.
func meantBy(f field, word string, reg *codelist.Registry) (value string, sure bool) {
	if v := usualWord(f, word); v != "" {
		return v, true
	}
	plain := plainName(word)
	l := reg.List(f.list)
	if f.kind != asCode || plain == "" || l == nil {
		return "", false
	}
	best, score, twice := codelist.Code(0), 0, false
	for _, leaf := range l.Leaves() {
		switch s := called(leaf, plain); {
		case s > score:
			best, score, twice = leaf.Code, s, false
		case s == score:
			twice = true
		}
	}
	if score == 0 || twice {
		return "", false
	}
	return strconv.FormatUint(uint64(best), 10), score >= asCalled
}

// asCalled is the likeness of a word that is the label but for a slip of the pen.
const asCalled = 900

// called says how much a word is like what a code is called.
func called(leaf codelist.Leaf, plain string) int {
	s := max(likeness(plain, plainName(leaf.En)), likeness(plain, plainName(leaf.Es)))
	for name := range strings.SplitSeq(alsoCalled[uint32(leaf.Code)], "|") {
		if name != "" && contains(plain, name) {
			s = max(s, 50+len(name))
		}
	}
	return s
}

// likeness says how alike a word and a label are: 0 for not at all, 1000 for the same.
func likeness(word, label string) int {
	switch {
	case word == label:
		return 1000
	case label == "" || word == "":
		return 0
	case len(word) >= slipped && alike(word, label) >= nearly:
		return asCalled
	case contains(label, word), contains(word, label):
		return 80
	}
	same := 0
	for _, w := range strings.Fields(word) {
		for _, l := range strings.Fields(label) {
			if len(w) > 4 && len(l) > 4 && stem(w) == stem(l) {
				same++
			}
		}
	}
	return same * 20
}

// stem returns the beginning of a word, in which its forms agree.
func stem(w string) string {
	r := []rune(w)
	return string(r[:min(len(r), max(5, len(r)-3))])
}

// alsoCalled are words by which registers call a code beside its label, in English and
// Spanish.
var alsoCalled = map[uint32]string{
	1101: "dismissal|dismissed|fired|despido|despedido|despedida|licenciement|despedimento|afdanking|kufukuzwa|فصل تعسفي", 1102: "wages|salary|unpaid|sueldo|sueldos|salarios|remuneraciones|haberes|salaires|lone|mshahara|أجور",
	1104: "uif", 1105: "injury|coida|accidente", 1201: "child support|sassa child", 1202: "old age|vejez|jubilacion", 1203: "disability|discapacidad",
	1205: "pension|provident", 1301: "maintenance|child maintenance|alimentos|asistencia familiar|pension de alimentos|pension alimentaire|pensao de alimentos|onderhoud|matunzo|نفقة", 1302: "custody|guardianship|tenencia|visitas|guarda|garde|toesig|حضانة",
	1303: "divorce|divorcio|separacion|egskeiding|talaka|طلاق", 1304: "estate|estates|inheritance|herencia|sucesion|declaratoria de herederos|heritage|heranca|boedel|mirathi|ميراث",
	1401: "domestic violence|gbv|abuse|violencia familiar|violencia intrafamiliar|violencia domestica|violence conjugale|violence domestique|huishoudelike geweld|عنف أسري", 1402: "rape|sexual|violacion", 1601: "eviction|desalojo|desahucio|expulsion|despejo|uitsetting|إخلاء",
	1602: "rent|rental|alquiler|arriendo|loyer|aluguel|aluguer|إيجار", 1702: "land claim|land|ardhi", 1704: "boundary|lindero|linderos", 1801: "debt|debts|deuda|deudas", 1901: "identity document|dni|cedula|carnet|identidad|carte d identite",
	1902: "birth certificate|partida de nacimiento|acta de nacimiento|certificado de nacimiento|acte de naissance|certidao de nascimento",
}

// usualWord translates the words that mean the same everywhere. M is not among them:
// it is male in English and mujer, a woman, in Spanish.
func usualWord(f field, word string) string {
	if f.name != "sex" {
		return ""
	}
	return map[string]string{
		"f": "female", "female": "female", "woman": "female", "femenino": "female", "mujer": "female", "feminino": "female", "vroulik": "female",
		"male": "male", "man": "male", "masculino": "male", "hombre": "male", "manlik": "male",
		"femme": "female", "feminin": "female", "mulher": "female", "homme": "male", "masculin": "male", "homem": "male",
	}[plainName(word)]
}
