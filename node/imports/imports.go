// Package imports brings the records of foreign systems into a node: it takes
// what a source of package adapters gives, applies a declarative mapping,
// checks, and writes clients, cases, referrals and recoveries.
//
// A run reads everything and decides everything first; a dry run ends there,
// and a real run does exactly what the dry run said. Every row is counted once
// in each stream: created, updated, unchanged, skipped with a reason, or
// quarantined with a code and its place. The program checks that the sum holds.
//
// A record is known again by its key, through the cross-reference table:
// importing the same file twice changes nothing. Where the office has edited a
// field since, the office wins. A run that was killed is taken up by the next
// one with the same file and mapping, and ends as if it had never stopped.
//
// What a mapping is stands in mapping.go; its file is read in mapping_read.go, streams.go,
// rules.go, steps.go and yaml.go. Values are made in functions.go, dates.go, money.go,
// fields.go and draft.go. What a run will do is settled in reading.go and decide.go: what
// is wrong with a row in check.go, what becomes of it in settle.go and merge.go, what is
// told of it in tell.go. It is kept in plan.go and done in writing.go and apply.go; both
// ask the node in lookup.go. By whom a client is known again is in
// identity.go and people.go. Operations are in service.go and
// held.go, who reads the quarantine in reader.go, what a run's person sees in sight.go, SQL in sql*.go. What can be filled is in targets.go, and the areas that
// keep it are called in writers.go. Runs in the background are in jobs*.go, what is read
// again and again in schedules.go, pages in http_*.go.
package imports

import (
	"time"

	"casehub/adapters"
	"casehub/internal/civil"
	"casehub/internal/errs"
)

// Errors of imports.
var (
	// ErrRunning reports that the same source is being imported right now.
	ErrRunning = errs.New(errs.Conflict, "imports.running")
	// ErrRefused reports a run that wrote nothing because too much was wrong;
	// its report says what.
	ErrRefused = errs.New(errs.Invalid, "imports.refused")
	// ErrIncomplete reports a run that wrote nothing because its source says that rows
	// may be missing from it; its report says which and why.
	ErrIncomplete = errs.New(errs.Invalid, "imports.source-incomplete")
	// ErrColumn reports a column that the mapping names and the source lacks.
	ErrColumn = errs.New(errs.Invalid, "imports.column-missing")
	// ErrTable reports a table that the mapping names and the source lacks.
	ErrTable = errs.New(errs.Invalid, "imports.table-missing")
	// ErrSource reports a type of source that nobody here reads: type, types.
	ErrSource = errs.New(errs.Invalid, "imports.source-unknown")
	// ErrUnbalanced reports rows that were not counted exactly once: a fault of
	// this program. Nothing of the last step was kept.
	ErrUnbalanced = errs.New(errs.Internal, "imports.unbalanced")
	// ErrDocuments reports a mapping with documents, in a program that keeps none.
	ErrDocuments = errs.New(errs.Invalid, "imports.documents")
	// errMoved reports a record that was saved since it was read.
	errMoved = errs.New(errs.Conflict, "imports.moved")
	// ErrNoRun reports a number that no run has.
	ErrNoRun = errs.New(errs.NotFound, "imports.no-run")
	// ErrUndone reports a run that cannot be taken back: it never ended, or was taken
	// back before.
	ErrUndone = errs.New(errs.Conflict, "imports.undone")
	// ErrEdited reports a run that cannot be taken back because its records were
	// changed or built on since: run, records.
	ErrEdited = errs.New(errs.Conflict, "imports.edited")
	// ErrKept reports somebody from whom something in this node is kept, and who takes
	// back no run: what stands in the way would tell of it.
	ErrKept = errs.New(errs.Forbidden, "imports.kept")
	// ErrNoRuns reports a node that nothing was imported into.
	ErrNoRuns = errs.New(errs.NotFound, "imports.no-runs")
)

// Options of one run.
type Options struct {
	// DryRun stops before the first write.
	DryRun bool
	// Instance takes the place of the one that the mapping names, unless "".
	Instance string
	// Accept goes on where too many rows failed or are gone, or where rows may be missing
	// from the source.
	Accept bool
	// Name of the source for the report: a file's name without its folder.
	Name string
	// NextRelease is the month that the office's next release is for, 0 for an
	// office that releases nothing. New cases from before it are counted for the
	// report.
	NextRelease civil.Month
	// Office is what new records belong to where the program itself imports; "" leaves
	// it to the one of whoever imports.
	Office string
	// Documents keeps the content of documents; a mapping that brings none does
	// without.
	Documents Papers
	// Progress is told how far the run is, unless nil.
	Progress func(Progress)
	// Held is told everything that the run quarantines, or would, in the order
	// of reading, unless nil; of an aggregate import without the values. An error ends the run before it writes anything.
	Held func(Held) error
}

// Progress says how far a run is.
type Progress struct {
	Phase string // "read" or "write"
	Done  int64  // rows
	Total int64  // -1 when not known
}

// PastRun is a run as the node remembers it.
type PastRun struct {
	ID         int64
	Instance   string
	Mapping    string
	Source     string
	Status     string // running, done or abandoned
	Actor      string
	StartedAt  time.Time
	FinishedAt time.Time // zero while running
	UndoneAt   time.Time // zero while it counts
	Report     Report
}

// Held is one entry of the quarantine. Raw and Key are personal data; Raw is the
// beginning of the value.
type Held struct {
	Stream, Key, Field string
	Code               adapters.Code
	Severity           string
	Loc                adapters.Locator
	Column             string
	Raw                string
}
