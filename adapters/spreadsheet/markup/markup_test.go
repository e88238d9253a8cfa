package markup_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"casehub/adapters"
	"casehub/adapters/spreadsheet/markup"
)

func TestWhatIsInsideIsReadElementByElement(t *testing.T) {
	x := markup.New(strings.NewReader(`<?xml version="1.0" encoding="windows-1252"?><s><!-- no --><row n="1"><c>a<b>b</b></c>text<d on="true"/><e><c>deep</c></e></row><row n="2"/></s>`), "XLSX")
	if err := x.GoTo("row", 0); err != nil {
		t.Fatal(err)
	}
	var seen []string
	err := x.Inside(func(e xml.StartElement) error {
		text := ""
		var err error
		if e.Name.Local == "c" { // what is not read of the others is passed over
			text, err = x.Text()
		}
		if markup.On(e, "on") {
			text = "on"
		}
		seen = append(seen, e.Name.Local+"="+text)
		return err
	})
	if got := strings.Join(seen, " "); got != "c=ab d=on e=" || err != nil {
		t.Errorf("%s, %v", got, err)
	}
	var rest []string
	err = x.Each(func(e xml.StartElement) error {
		rest = append(rest, e.Name.Local+markup.Attr(e, "n"))
		return nil
	})
	if got := strings.Join(rest, " "); got != "row2" || err != nil {
		t.Errorf("%s, %v", got, err)
	}
}

func TestHarmfulXMLIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		want    error
	}{
		"a document type": {`<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>`, adapters.ErrUnreadable},
		"no end":          {`<x><y>`, adapters.ErrUnreadable},
		"no XML":          {`<x><`, adapters.ErrUnreadable},
		"an entity":       {`<x>&e;</x>`, adapters.ErrUnreadable},
		"no encoding":     {`<?xml version="1.0" encoding="klingon"?><x/>`, adapters.ErrUnreadable},
		"depth":           {strings.Repeat("<a>", 1000), adapters.ErrBomb},
	} {
		err := markup.New(strings.NewReader(c.content), "XML").Each(func(xml.StartElement) error { return nil })
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	x := markup.New(strings.NewReader(`<x>`+strings.Repeat("long ", 1<<20)+`</x>`), "XML")
	if err := x.GoTo("x", 0); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Text(); !errors.Is(err, adapters.ErrTooLarge) {
		t.Errorf("a text without end: %v", err)
	}
	if err := markup.New(strings.NewReader(`<x/>`), "XML").GoTo("y", 0); !errors.Is(err, adapters.ErrUnreadable) {
		t.Errorf("an element that is not there: %v", err)
	}
	if _, err := markup.New(strings.NewReader(""), "XML").Next(); !errors.Is(err, io.EOF) {
		t.Errorf("nothing at all: %v", err)
	}
}
