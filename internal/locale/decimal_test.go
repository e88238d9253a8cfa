package locale_test

import (
	"testing"

	"casehub/internal/locale"
)

func TestDecimalSigns(t *testing.T) {
	for tag, want := range map[string]byte{
		"en-ZA": ',', "af-ZA": ',', "zu-ZA": ',', "pt-BR": ',', "pt-PT": ',', "pt-MZ": ',', "pt-AO": ',', "es-ES": ',', "es-BO": ',', "es-AR": ',', "es-CO": ',', "es-CL": ',',
		"es-EC": ',', "es-UY": ',', "es-VE": ',', "es-PY": ',', "es-CR": ',', "fr-FR": ',', "fr-SN": ',', "fr-CD": ',', "fr-CI": ',', "de-DE": ',', "nl-NL": ',', "id-ID": ',', "tr-TR": ',',
		"ru-RU": ',', "vi-VN": ',', "sw-CD": ',',
		"en-US": '.', "en-GB": '.', "en-KE": '.', "en-NG": '.', "en-UG": '.', "en-ZM": '.', "en-GH": '.', "sw-TZ": '.', "sw-KE": '.', "am-ET": '.', "es-PE": '.', "es-MX": '.', "es-GT": '.',
		"es-HN": '.', "es-NI": '.', "es-SV": '.', "es-PA": '.', "es-DO": '.', "es-US": '.', "fr-RW": '.', "rw-RW": '.', "ar-EG": '.', "de-CH": '.', "hi-IN": '.', "zh-CN": '.', "th-TH": '.',
	} {
		if got, ok := locale.DecimalSign(tag); !ok || got != want {
			t.Errorf("%s: %q %t, want %q", tag, got, ok, want)
		}
	}
}

func TestNoLocale(t *testing.T) {
	for _, tag := range []string{"", "es", "xx", "xx-ZZ", "en_", "english", "en-XYZ", "es-419", "-", "en-ZZ"} {
		if got, ok := locale.DecimalSign(tag); ok {
			t.Errorf("%q: %q", tag, got)
		}
	}
}
