package imports

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/internal/civil"
)

// Report says what a run did, or what it would do. It holds no values of the
// source.
type Report struct {
	Run      int64          `json:"run,omitempty"`
	Mode     string         `json:"mode"` // "import" or "dry_run"
	Mapping  string         `json:"mapping"`
	Instance string         `json:"instance"`
	Source   SourceReport   `json:"source"`
	Streams  []StreamReport `json:"streams"`
	// Fields by "stream.field".
	Fields map[string]FieldReport `json:"fields,omitempty"`
	// Problems by stream, field and code.
	Problems []ProblemReport `json:"problems,omitempty"`
	// Places of the first problems, and how many more there are.
	Places     []Place `json:"places,omitempty"`
	MorePlaces int64   `json:"more_places,omitempty"`
	// Unmapped counts values that the codes of a field do not have.
	Unmapped map[string]int64 `json:"codes_unmapped,omitempty"`
	// Earlier tells of new cases from before the month of the next release; nil
	// where there are none.
	Earlier *EarlierReport `json:"earlier,omitempty"`
	// Hidden rows of a workbook, which were read all the same.
	Hidden int64 `json:"hidden_rows,omitempty"`
	// Part says that a live source was read from where the last run ended.
	Part bool `json:"part,omitempty"`
	// NotRead are tables with rows that no stream reads.
	NotRead []NotReadReport `json:"not_read,omitempty"`
	// Doubts are reasons why the source itself may lack rows of a table that was read.
	Doubts   []DoubtReport `json:"doubts,omitempty"`
	Balanced bool          `json:"balanced"`
	// Refused is why the run wrote nothing: "too_many_failed", "too_many_gone" or
	// "incomplete".
	Refused string `json:"refused,omitempty"`
}

// EarlierReport counts the new cases that were opened before the month that the
// office's next release is for.
type EarlierReport struct {
	Next  civil.Month `json:"next_release"`
	Cases int64       `json:"cases"`
	First civil.Date  `json:"first_opened_on"` // of these cases
}

// NotReadReport is a table that no stream reads, with its rows; -1 where nobody counted.
type NotReadReport struct {
	Table string `json:"table"`
	Rows  int64  `json:"rows"`
}

// DoubtReport is why rows of a table may be missing, in the words of its source.
type DoubtReport struct {
	Table string `json:"table"`
	Why   string `json:"why"`
}

// SourceReport says what was read.
type SourceReport struct {
	Type   string `json:"type"`
	Name   string `json:"name,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
}

// StreamReport counts the rows of one stream, each exactly once.
type StreamReport struct {
	Stream  string `json:"stream"`
	To      string `json:"to"`
	Read    int64  `json:"read"`
	Created int64  `json:"created"`
	// Linked counts rows of clients who were there before.
	Linked      int64            `json:"linked,omitempty"`
	Updated     int64            `json:"updated"`
	Unchanged   int64            `json:"unchanged"`
	Skipped     map[string]int64 `json:"skipped"`
	Quarantined int64            `json:"quarantined"`
	// Gone counts records of earlier runs that the source has no more.
	Gone int64 `json:"gone"`
	// Duplicates counts, of the created, clients who may be others too: a person looks
	// at each.
	Duplicates int64 `json:"duplicates,omitempty"`
}

// FieldReport counts what became of a field in the rows that were taken.
type FieldReport struct {
	Filled int64 `json:"filled"`
	Empty  int64 `json:"empty"`
	Wrong  int64 `json:"wrong"`
}

// ProblemReport counts problems of one kind.
type ProblemReport struct {
	Stream   string        `json:"stream"`
	Field    string        `json:"field,omitempty"`
	Code     adapters.Code `json:"code"`
	Severity string        `json:"severity"`
	Count    int64         `json:"count"`
}

// Place says where a problem is, for a person who goes and looks.
type Place struct {
	Loc      string        `json:"loc"`
	Column   string        `json:"column,omitempty"`
	Stream   string        `json:"stream"`
	Field    string        `json:"field,omitempty"`
	Code     adapters.Code `json:"code"`
	Severity string        `json:"severity"`
}

// maxPlaces is how many places a report tells; quarantine has them all.
const maxPlaces = 50

// Clean reports whether nothing was held back.
func (r *Report) Clean() bool {
	for _, s := range r.Streams {
		if s.Quarantined > 0 {
			return false
		}
	}
	return r.Refused == ""
}

// Stream returns the counts of a stream; zero counts for one that is not there.
func (r *Report) Stream(name string) StreamReport {
	for _, s := range r.Streams {
		if s.Stream == name {
			return s
		}
	}
	return StreamReport{}
}

// sum returns all rows that were counted.
func (s *StreamReport) sum() int64 {
	n := s.Created + s.Linked + s.Updated + s.Unchanged + s.Quarantined
	for _, k := range s.Skipped {
		n += k
	}
	return n
}

// skips returns the rows that were skipped, whatever the reason.
func (s *StreamReport) skips() int64 {
	return s.sum() - s.Created - s.Linked - s.Updated - s.Unchanged - s.Quarantined
}

// balance checks that every row was counted exactly once.
func (r *Report) balance() error {
	for i := range r.Streams {
		if s := &r.Streams[i]; s.Read != s.sum() {
			return ErrUnbalanced.With("stream", s.Stream).With("read", s.Read).With("counted", s.sum())
		}
	}
	r.Balanced = true
	return nil
}

// problem counts a problem and returns its place.
func (r *Report) problem(loc adapters.Locator, stream string, p problem) Place {
	column := p.column
	if p.unmapped {
		column = ""
	}
	place := Place{loc.String(), column, stream, p.field, p.code, p.severity()}
	for i := range r.Problems {
		q := &r.Problems[i]
		if q.Stream == stream && q.Field == p.field && q.Code == p.code && q.Severity == place.Severity {
			q.Count++
			return place
		}
	}
	r.Problems = append(r.Problems, ProblemReport{stream, p.field, p.code, place.Severity, 1})
	return place
}

// place tells a place, or counts it when enough were told.
func (r *Report) place(p Place) {
	if len(r.Places) == maxPlaces {
		r.MorePlaces++
		return
	}
	r.Places = append(r.Places, p)
}

// WriteText writes the report for people, a line a fact.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s of %s by %s into %s\n", map[bool]string{true: "Dry run", false: "Import"}[r.Mode == "dry_run"], r.Source.Name, r.Mapping, r.Instance)
	fmt.Fprintf(&b, "%-14s %9s %9s %9s %9s %9s %11s\n", "stream", "read", "created", "updated", "unchanged", "skipped", "quarantined")
	for _, s := range r.Streams {
		fmt.Fprintf(&b, "%-14s %9d %9d %9d %9d %9d %11d\n", s.Stream, s.Read, s.Created, s.Updated, s.Unchanged, s.skips(), s.Quarantined)
	}
	for _, s := range r.Streams {
		for _, reason := range slices.Sorted(maps.Keys(s.Skipped)) {
			fmt.Fprintf(&b, "  skipped in %s: %d %s\n", s.Stream, s.Skipped[reason], reason)
		}
		if s.Gone > 0 {
			fmt.Fprintf(&b, "  gone from %s: %d\n", s.Stream, s.Gone)
		}
		if s.Linked > 0 {
			fmt.Fprintf(&b, "  known in %s: %d rows are of clients who were here before\n", s.Stream, s.Linked)
		}
		if s.Duplicates > 0 {
			fmt.Fprintf(&b, "  created in %s and perhaps here before: %d; somebody has to look at the pairs\n", s.Stream, s.Duplicates)
		}
	}
	for _, p := range r.Problems {
		fmt.Fprintf(&b, "  %s: %d × %s in %s\n", p.Severity, p.Count, p.Code, strings.TrimSuffix(p.Stream+"."+p.Field, "."))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Unmapped)) {
		fmt.Fprintf(&b, "  not in the codes of %s: %d rows\n", name, r.Unmapped[name])
	}
	if r.Part {
		b.WriteString("  read from where the last run ended\n")
	}
	r.writePlaces(&b)
	r.writeEarlier(&b)
	if r.Hidden > 0 {
		fmt.Fprintf(&b, "  hidden rows read: %d\n", r.Hidden)
	}
	for _, t := range r.NotRead {
		rows := fmt.Sprintf("%d rows", t.Rows)
		if t.Rows < 0 {
			rows = "its rows"
		}
		fmt.Fprintf(&b, "  not read: %s of the table %q, which no stream of the mapping reads\n", rows, t.Table)
	}
	for _, t := range r.Doubts {
		fmt.Fprintf(&b, "  warning: rows of the table %q may be missing from the source: %s\n", t.Table, t.Why)
	}
	fmt.Fprintf(&b, "balanced: %v\n", r.Balanced)
	if r.Refused != "" {
		fmt.Fprintf(&b, "refused: %s; nothing was written\n", r.Refused)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeEarlier says what the ledger does with cases from before a release: they
// are events that no group holds yet, so they go out with the next release for
// which their type is ready, and the group says how far back it goes.
func (r *Report) writeEarlier(b *strings.Builder) {
	e := r.Earlier
	if e == nil {
		return
	}
	cases, were, count := "cases", "were", "They count"
	if e.Cases == 1 {
		cases, were, count = "case", "was", "It counts"
	}
	fmt.Fprintf(b, "  %d new %s %s opened before %s, the month of the next release, the first on %s.\n", e.Cases, cases, were, e.Next.Dash(), e.First)
	fmt.Fprintf(b, "  %s with newer ones in the first release in which enough people have a case of the same type;\n", count)
	b.WriteString("  until then nothing of them leaves the office.\n")
}

func (r *Report) writePlaces(b *strings.Builder) {
	for _, p := range r.Places {
		column := ""
		if p.Column != "" {
			column = fmt.Sprintf(" column %q", p.Column)
		}
		fmt.Fprintf(b, "    %s%s: %s %s\n", p.Loc, column, p.Code, strings.TrimSuffix(p.Stream+"."+p.Field, "."))
	}
	if r.MorePlaces > 0 {
		fmt.Fprintf(b, "    and %d more\n", r.MorePlaces)
	}
	switch {
	case len(r.Places) == 0:
	case r.Run > 0:
		fmt.Fprintf(b, "  to see every one with its value: casehub-node import --quarantine %d --out FILE\n", r.Run)
	default:
		b.WriteString("  to see every one with its value: the same command with --out FILE\n")
	}
}
