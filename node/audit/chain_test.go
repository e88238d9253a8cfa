package audit

import (
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// The bytes that are hashed never change: what was chained years ago must hold.
// The vectors were made by another program, from the words in chain.go.
func TestTheFormatStays(t *testing.T) {
	var k key
	var before Hash
	for i := range k {
		k[i], before[i] = byte(i), byte(255-i)
	}
	salt := []byte("0123456789abcdef")
	c := commitment(Change{"opened_on", "2026-03-01", "2026-03-02"}, salt)
	if got := hex.EncodeToString(c[:]); got != "e97da9600805c72201cad6676f3192a1adf146aba277cc851364c69b415f72c2" {
		t.Errorf("commitment %s", got)
	}
	e := Entry{Seq: 7, At: time.UnixMilli(1772440200123), Actor: "person:miriam", Action: "case.updated", Subject: "0190-a", Within: ""}
	for _, v := range []struct {
		name    string
		entry   Entry
		changes []byte
		want    string
	}{
		{"without changes", e, nil, "a2f979127dcea23d11292ca795a2be1ca1e6e81a1383f52a6e979a19e680b474"},
		{"with a change", e, pledge(nil, "opened_on", c), "4d8b39f5231e57bfc6b371cf374ba065750d391565f88020d53972abce44183f"},
		{"in a case", Entry{Seq: 1, At: e.At, Actor: "system:node", Action: "referral.recorded", Subject: "r", Within: "c"}, nil, "856bde4499e6c9b88f6fc2bc3a6e818302c69f5d91763ff7f82f53546de37937"},
	} {
		h := link(k, before, v.entry, v.changes)
		if got := hex.EncodeToString(h[:]); got != v.want {
			t.Errorf("%s: %s", v.name, got)
		}
	}
}

// Two entries that differ anywhere never have the same bytes, however the text
// is shifted from one column to the next.
func TestNoTwoEntriesHashAlike(t *testing.T) {
	word := rapid.StringOfN(rapid.SampledFrom([]rune("ab\x00")), 0, 3, -1)
	entry := func(t *rapid.T, name string) (Entry, []byte) {
		return Entry{
			Seq: rapid.Int64Range(1, 2).Draw(t, name+" seq"), At: time.UnixMilli(rapid.Int64Range(0, 1).Draw(t, name+" at")).UTC(),
			Actor: word.Draw(t, name+" actor"), Action: word.Draw(t, name+" action"),
			Subject: word.Draw(t, name+" subject"), Within: word.Draw(t, name+" within"),
		}, []byte(word.Draw(t, name+" changes"))
	}
	rapid.Check(t, func(t *rapid.T) {
		a, ac := entry(t, "a")
		b, bc := entry(t, "b")
		same := a == b && string(ac) == string(bc)
		if (link(key{}, Hash{}, a, ac) == link(key{}, Hash{}, b, bc)) != same {
			t.Fatalf("%+v %q and %+v %q", a, ac, b, bc)
		}
	})
}

func TestPledgesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want []pledged
		var b []byte
		for _, name := range rapid.SliceOfN(rapid.String(), 0, 4).Draw(t, "fields") {
			p := pledged{name, commitment(Change{Field: name}, []byte{1})}
			want, b = append(want, p), pledge(b, p.field, p.commitment)
		}
		got, err := pledgesOf(b)
		if d := cmp.Diff(want, got, cmp.AllowUnexported(pledged{})); err != nil || d != "" {
			t.Fatal(err, d)
		}
		if len(b) == 0 {
			return
		}
		if cut := rapid.IntRange(1, len(b)).Draw(t, "cut"); cut != len(b) {
			if short, err := pledgesOf(b[:cut]); err == nil && len(short) == len(want) {
				t.Fatalf("%d of %d bytes were read as the whole", cut, len(b))
			}
		}
	})
}

func FuzzPledges(f *testing.F) {
	f.Add(pledge(nil, "surname", Hash{1}))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		all, err := pledgesOf(b)
		if err != nil {
			return
		}
		var again []byte
		for _, p := range all {
			again = pledge(again, p.field, p.commitment)
		}
		if string(again) != string(b) {
			t.Errorf("%x was read and is written as %x", b, again)
		}
	})
}

func TestHeadsComeBack(t *testing.T) {
	h := Head{412, Hash{1, 2, 255}}
	if got, err := ParseHead(" " + h.String() + "\n"); err != nil || got != h {
		t.Errorf("%v, %v", got, err)
	}
	for _, s := range []string{"", "412", "412:", "412:00", ":" + h.String(), "-1" + h.String()[3:], h.String() + "0"} {
		if _, err := ParseHead(s); !errors.Is(err, ErrHead) {
			t.Errorf("%q: %v", s, err)
		}
	}
}
