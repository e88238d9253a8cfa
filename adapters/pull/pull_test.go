package pull_test

import (
	"context"
	"io"
	"testing"

	"casehub/adapters"
	"casehub/adapters/adaptertest"
	"casehub/adapters/pull"
)

// numbers is a file of 1,500 records.
type numbers struct{ pull.NoDocuments }

func (numbers) Streams(context.Context) ([]adapters.Stream, error) {
	return []adapters.Stream{{Name: "numbers", Loose: true}}, nil
}

func (numbers) Fingerprint(context.Context) (string, error) { return "0123456789abcdef", nil }

func (numbers) Rows(_ context.Context, stream string) (pull.Rows, error) {
	if stream != "numbers" {
		return nil, adapters.ErrStream
	}
	return &rows{head: adapters.NewHeader([]string{"n"})}, nil
}

type rows struct {
	head *adapters.Header
	n    int64
}

func (*rows) Notes() []string { return []string{"counted"} }
func (*rows) Close() error    { return nil }

func (r *rows) Next() (adapters.Record, error) {
	if r.n++; r.n > 1500 {
		return adapters.Record{}, io.EOF
	}
	rec := adapters.Record{Stream: "numbers", Loc: adapters.Locator{File: "f", Row: r.n}, Header: r.head, Values: []adapters.Value{{Raw: string(rune('a' + r.n%26))}}}
	rec.Seal()
	return rec, nil
}

func TestAFileOfRowsIsASource(t *testing.T) {
	adaptertest.Run(t, adaptertest.Harness{Open: func() (adapters.Source, error) { return pull.New(numbers{}), nil }})
	cat, err := pull.New(numbers{}).Discover(t.Context())
	if err != nil || cat.Fingerprint != "0123456789abcdef" || len(cat.Streams) != 1 {
		t.Fatalf("%+v, %v", cat, err)
	}
	if st := cat.Streams[0]; !st.Loose || st.Records != 1500 || st.Notes[0] != "counted" || len(st.Fields) != 1 || st.Fields[0].Distinct != 26 {
		t.Errorf("%+v", st)
	}
}
