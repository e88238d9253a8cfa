package charset

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
)

// speech has words of some languages with the letters that are special in them.
var speech = map[string]string{
	"es": "José Muñoz pidió información sobre su pensión; la señora Peña también vino. Niñez, razón, acción, según, aquí, número, teléfono, público, «cita» – después",
	"pt": "João não recebeu a pensão; a reclamação da Conceição é de março. São Paulo, ação, útil, você, três, órgão, informações, saúde, orçamento",
	"fr": "Hélène a reçu la décision; le père a été licencié à Noël. Été, hôpital, août, où, français, garçon, procès, règlement, créé",
	"af": "Môre kom hulle oor die geëis; sê vir hom hy moet dié brief lê. Reën, oë, wêreld, skêr, hoër, reël, geïn, naïef",
	"pl": "Święta Zosia złożyła skargę; pracownik wypłacił część należności. Źródło, łódź, mąż, żona, ćwiczenie, wrzesień, odwołanie, głód",
	"cs": "Příliš žluťoučký kůň; žádost o dávky byla zamítnuta. Čtvrtek, řízení, šest, děti, náhrada, účet, ještě, město",
	"ru": "Иванова подала жалобу на увольнение; работодатель не выплатил зарплату. Решение суда, алименты, пособие, жильё, земля, обращение, помощь",
	"tr": "Soyadı Şahin; çalışma süresi, işçi alacağı, boşanma, nafaka, görüşme tarihi, açılış, kapanış, değişiklik, öğrenci, iş güvencesi",
	"ar": "الاسم واللقب؛ قضية طلاق، نفقة، سكن، عمل، المحامي، الموعد القادم، تاريخ الفتح، ملاحظات، المحكمة، الأطفال، الإيجار",
	"el": "Η αίτηση υποβλήθηκε εγκαίρως; ο εργοδότης δεν πλήρωσε μισθούς. Απόφαση, σύνταξη, κατοικία, βοήθεια, εργασία, διατροφή, δικαστήριο",
}

func TestGuessReadsWhatPeopleWrote(t *testing.T) {
	for _, c := range []struct {
		language string
		enc      string
		hint     string
		m        *charmap.Charmap
	}{
		{"es", "windows-1252", "", charmap.Windows1252},
		{"es", "cp850", "", charmap.CodePage850},
		{"es", "cp437", "", charmap.CodePage437},
		{"es", "mac-roman", "", charmap.Macintosh},
		{"pt", "windows-1252", "", charmap.Windows1252},
		{"pt", "cp850", "", charmap.CodePage850},
		{"pt", "mac-roman", "", charmap.Macintosh},
		{"fr", "windows-1252", "", charmap.Windows1252},
		{"fr", "cp850", "", charmap.CodePage850},
		{"fr", "mac-roman", "", charmap.Macintosh},
		{"af", "windows-1252", "", charmap.Windows1252},
		{"af", "cp850", "", charmap.CodePage850},
		{"pl", "windows-1250", "pl", charmap.Windows1250},
		{"pl", "iso-8859-2", "pl", charmap.ISO8859_2},
		{"cs", "windows-1250", "cs", charmap.Windows1250},
		{"ru", "windows-1251", "", charmap.Windows1251},
		{"ru", "iso-8859-5", "", charmap.ISO8859_5},
		{"ru", "koi8-r", "ru", charmap.KOI8R},
		{"ru", "cp866", "", charmap.CodePage866},
		{"el", "iso-8859-7", "", charmap.ISO8859_7},
		{"tr", "windows-1254", "", charmap.Windows1254},
		{"ar", "windows-1256", "", charmap.Windows1256},
	} {
		t.Run(c.language+" in "+c.enc, func(t *testing.T) {
			text := strings.NewReplacer("«", "\"", "»", "\"", "–", "-").Replace(speech[c.language])
			if c.enc == "windows-1252" {
				text = speech[c.language]
			}
			b, err := c.m.NewEncoder().String(text)
			if err != nil {
				t.Fatal(err)
			}
			facts, err := Survey(t.Context(), strings.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			e, why, err := Choose("", c.hint, facts)
			if err != nil {
				t.Fatal(err)
			}
			if got := e.Decode([]byte(b)); got != text {
				t.Errorf("%s, so it reads %q\nwant %q", why, got, text)
			}
		})
	}
}
