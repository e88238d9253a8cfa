package ole_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"casehub/adapters"
	"casehub/adapters/spreadsheet/booktest"
	"casehub/adapters/spreadsheet/ole"
)

func TestStreamsAreFoundByTheirNames(t *testing.T) {
	want := strings.Repeat("all of a stream ", 100)
	content := booktest.Compound("Workbook", want)
	o, err := ole.Open(strings.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	if !o.Has("Book", "workbook") || o.Has("WordDocument") {
		t.Error("a stream is found that is not there, or not the one that is")
	}
	if got, err := o.Stream("Book", "WORKBOOK"); string(got) != want || err != nil {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if _, err := o.Stream("Other"); !errors.Is(err, adapters.ErrUnreadable) {
		t.Errorf("a stream that is not there: %v", err)
	}
}

// Chains that run in a circle or out of the file end.
func TestDamagedFilesEnd(t *testing.T) {
	content := []byte(booktest.Compound("Workbook", strings.Repeat("x", 2000)))
	for at := range content[:1536] {
		for _, b := range []byte{0, 1, 0xff} {
			damaged := bytes.Clone(content)
			damaged[at] = b
			if o, err := ole.Open(bytes.NewReader(damaged), int64(len(damaged))); err == nil {
				_, _ = o.Stream("Workbook")
			}
		}
	}
	if _, err := ole.Open(bytes.NewReader(content[:300]), 300); !errors.Is(err, adapters.ErrUnreadable) {
		t.Errorf("a file cut short: %v", err)
	}
	if _, err := ole.Open(bytes.NewReader(content), ole.MaxSize+1); !errors.Is(err, adapters.ErrTooLarge) {
		t.Errorf("a file that is too large: %v", err)
	}
}
