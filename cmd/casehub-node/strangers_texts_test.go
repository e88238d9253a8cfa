package main

import (
	"testing"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/migrations"
)

// strangeText is a register of testdata/strangers in the tongue, encoding and form that
// its name says, as .csv. The encodings were written by the codecs of Python. What is
// not declared must be found by looking at the bytes.
type strangeText struct {
	name, tongue string
	source       string // settings; "" for none
	defaults     string
}

const southAfrican = "date_order: dmy, currency: ZAR, locale: en-ZA"

func strangeTexts() []strangeText {
	return []strangeText{
		{name: "es-utf8-semicolon", tongue: "es", defaults: southAfrican},
		{name: "es-utf8-mark-quoted", tongue: "es", defaults: "date_order: dmy, currency: BRL, locale: pt-BR"},
		{name: "es-cp850-tab", tongue: "es", defaults: southAfrican}, // ends in Ctrl-Z
		{name: "es-mac-cr", tongue: "es", defaults: southAfrican},
		{name: "es-utf16be-pipe", tongue: "es", defaults: southAfrican},
		{name: "es-utf32", tongue: "es", defaults: southAfrican},
		{name: "es-titles-cp1252", tongue: "es", defaults: southAfrican}, // titles above, a signature below
		{name: "es-sep-line", tongue: "es", defaults: southAfrican},
		{name: "fr-cp1252-euro", tongue: "fr", defaults: "date_order: dmy, currency: EUR, locale: fr-FR"},
		{name: "pt-latin1", tongue: "pt", defaults: "date_order: dmy, currency: MZN, locale: pt-MZ"},
		{name: "pl-cp1250", tongue: "pl", defaults: southAfrican},
		{name: "pl-latin2", tongue: "pl", defaults: southAfrican},
		{name: "ru-cp1251", tongue: "ru", defaults: southAfrican},
		{name: "ru-koi8r", tongue: "ru", defaults: southAfrican},
		{name: "ru-cp866", tongue: "ru", defaults: southAfrican},
		{name: "el-cp1253", tongue: "el", defaults: southAfrican},
		{name: "ar-cp1256", tongue: "ar", defaults: southAfrican},
		{name: "pt-cp860", tongue: "pt", source: "{type: spreadsheet, tables: {data: {encoding: cp860}}}", defaults: "date_order: dmy, currency: MZN, locale: pt-MZ"},
		{name: "es-lines-quoted", tongue: "es", defaults: southAfrican}, // every line is one cell
		{name: "ar-utf16-tab", tongue: "ar", defaults: southAfrican},
		{name: "ar-utf16-unmarked", tongue: "ar", defaults: southAfrican},
		{name: "am-utf8", tongue: "am", defaults: "date_order: ymd, currency: ZAR, locale: en-US"},
		{name: "ar-digits-utf8", tongue: "ar", defaults: "date_order: dmy, currency: EGP, locale: en-US"},    // ٠٥/٠١/٢٠٢٣, ١٬٢٣٤٫٥٠
		{name: "ar-months-utf8", tongue: "ar", defaults: "date_order: dmy, currency: EGP, locale: en-US"},    // 5 يناير 2023
		{name: "sw-shillings-utf8", tongue: "sw", defaults: "date_order: dmy, currency: KES, locale: en-KE"}, // 9 Machi 2023, KSh 1,234.50
		{name: "es-pesos-utf8", tongue: "es", defaults: "date_order: dmy, currency: MXN, locale: es-MX"},     // jue 05/01/2023, $75.00 M.N.
		{name: "es-quetzales-utf8", tongue: "es", defaults: "date_order: dmy, currency: GTQ, locale: es-GT"},
		{name: "sw-utf8-american", tongue: "sw", defaults: "date_order: mdy, currency: USD, locale: en-US"},
	}
}

func TestRegistersInEveryTongueAndEncodingComeInWhole(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	for _, c := range strangeTexts() {
		t.Run(c.name, func(t *testing.T) {
			l := tongues[c.tongue]
			settings := c.source
			if settings == "" {
				settings = "{type: spreadsheet}"
			}
			m := mappingOf(t, registerMapping(c.name, settings, "", c.defaults, l, l.header))
			report := bring(t, db, m, func() adapters.Source { return sourceAt(t, m, place.On(strangeFile(c.name+".csv"))) })
			for _, s := range report.Streams {
				if s.Quarantined != 0 {
					t.Errorf("%s: %d rows are held back", s.Stream, s.Quarantined)
				}
			}
			checkCame(t, db, c.name, visitsOf(l))
		})
	}
}
