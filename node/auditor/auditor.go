// Package auditor checks a release before it is signed: it works out every
// number, and which numbers there must be, a second time, and shares no line
// with what made them.
//
// What it believes: the office's records (clients, cases, referrals, amounts),
// the registry, the decoded bytes that would be sent, and of the ledger's tables
// only what nobody can work out again: which events left in which group, and
// which adjusting entries were made. Everything else is its own: which records
// are of one person (persons.go), when a record counts and as what (records.go),
// the sums and the rule on money (money.go), from which month a group counts and
// what rounding left over (history.go), which groups must leave and which must
// not (pile.go for what waits, figure.go for a group with its people and money,
// choice.go for leaves and what leaves again, rollup.go for rests and "other",
// guard.go for what these may hide). It reads each table once, in order, and counts row by
// row in Go: no sum is made by the database, and nothing is asked again for a row.
//
// The first thing that differs refuses the release. The error names a data set, a
// level and a code, never a person. Invariant I15 and rule 3.1, step 4.
package auditor

import (
	"context"
	"fmt"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	releasev1 "casehub/proto/casehub/release/v1"
)

// Office is what an office is held to: its thresholds, at or above the national
// ones, and its money.
type Office struct {
	// K is the smallest number of events and of distinct clients in a group,
	// KSensitive that for a sensitive code (rule D2).
	K, KSensitive int64
	// P is the p of the p % rule, in percent (rule D7).
	P int64
	// Largest is the largest value of a group; of a leaf it may be less (full).
	Largest int64
	// Rest is how many months lie between two flushes: 3, or 6 or 12 where a pack
	// demands it. 0 is 3.
	Rest int64
	// Only are the data sets that may leave, nil for all, and Never the codes of which
	// no group does: what packs demand.
	Only  []uint32
	Never []codelist.Code
	// Apart are the codes of Never as each pack has them, where there are several and
	// somebody may know of one alone. Nil is one pack.
	Apart [][]codelist.Code
	// Currency is the one that is counted (ISO 4217), MinorPerHundred the minor
	// units in a hundred of it.
	Currency        string
	MinorPerHundred int64
	// Mixed names the data sets in which one sensitive code may be nearly all that
	// leaves: rule D8 is switched off there by the office's signed plan.
	Mixed map[uint32]bool
}

// Evidence is what the records say of one group on the wire. It never leaves the
// office.
type Evidence struct {
	DataSet uint32
	// Level is the depth of the code: 1 a leaf, 2 the rest of a category, 3 other.
	Level uint32
	Code  codelist.Code
	From  civil.Month
	// Value counts events net of corrections, Clients the distinct people who count
	// for more than nothing in it.
	Value, Clients int64
	// Absolute is the sum over clients of their absolute net amounts, First and
	// Second are the two largest of these (X, x1 and x2 of rule D7), in minor units.
	// Share is 100 (X - x1 - x2) / x1 in whole percent, at most 100.
	Absolute, First, Second, Share int64
	// Negative says that an amount below zero is inside.
	Negative bool
	// TotalMinor is the sum of the amounts, AmountHundreds what is sent of it and of
	// CarriedMinor, which the groups of the code before left over; CarryMinor is
	// what this one leaves over.
	TotalMinor, AmountHundreds, CarriedMinor, CarryMinor int64
	// Sensitive says that a sensitive code is inside.
	Sensitive bool
	// Again says that it repeats a group that fell with its release, Block that what
	// is left of other fallen groups is inside (rule D9).
	Again, Block bool
	// Netted is the number of adjusting entries inside.
	Netted int64
}

// Fault says in what way a release is wrong.
type Fault string

// The faults.
const (
	// Header: the release is of another registry or other event rules, or does not
	// follow the one before.
	Header Fault = "header"
	// Measure: the plan has a data set whose events the auditor cannot read.
	Measure Fault = "measure"
	// Records: the ledger's events are not those that the records give.
	Records Fault = "records"
	// Twice: one record is counted in two groups, or one entry nets it twice.
	Twice Fault = "twice"
	// Entries: an adjusting entry does not take back what was published.
	Entries Fault = "entries"
	// History: a group of an earlier release is no longer what was sent.
	History Fault = "history"
	// Start: the month from which the office counts is another.
	Start Fault = "start"
	// Missing: a group that must leave does not.
	Missing Fault = "missing"
	// Surplus: a group leaves that must not.
	Surplus Fault = "surplus"
	// From, Value and Amount: a number of a group is another.
	From   Fault = "from"
	Value  Fault = "value"
	Amount Fault = "amount"
	// Members: the ledger marks other events or entries than those of the group.
	Members Fault = "members"
	// Carry: what rounding leaves over is another.
	Carry Fault = "carry"
)

// Difference is the first fault that was found. It carries no number and nothing
// of a person.
type Difference struct {
	Fault   Fault
	DataSet uint32
	Level   uint32
	Code    codelist.Code
}

func (d *Difference) Error() string {
	return fmt.Sprintf("the audit differs: %s, data set %d, level %d, code %d", d.Fault, d.DataSet, d.Level, d.Code)
}

// Audit checks a release whose groups the ledger has marked in the same
// transaction, which is not committed yet. It returns the evidence of every group
// in the order of the wire. It fails with a *Difference when anything is not as
// the records and the rules have it.
func Audit(ctx context.Context, q sqlite.Querier, reg *codelist.Registry, o Office, r *releasev1.Release) ([]Evidence, error) {
	recorded, err := readArchive(ctx, q, o)
	if err != nil {
		return nil, fmt.Errorf("auditing: reading the records: %w", err)
	}
	kept, err := readBooks(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("auditing: reading the ledger: %w", err)
	}
	a := &audit{
		reg: reg, office: o, release: r, recorded: recorded, kept: kept,
		sequence: int64(r.GetSequence()), period: civil.Month(r.GetPeriod()), kind: r.GetKind(),
	}
	return a.run()
}

// audit is one release under audit.
type audit struct {
	reg      *codelist.Registry
	office   Office
	release  *releasev1.Release
	recorded *archive
	kept     *books

	sequence int64
	period   civil.Month
	kind     releasev1.ReleaseKind
}

// run goes from the oldest cause to the last effect, so that the first
// difference is the one that explains those after it.
func (a *audit) run() ([]Evidence, error) {
	for _, step := range []func() error{a.header, a.truth, a.netting, a.past, a.start} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	var due []figure
	if a.kind != releasev1.ReleaseKind_RELEASE_KIND_VOID {
		for _, set := range a.reg.Plan.DataSets {
			due = append(due, a.choose(set)...)
		}
	}
	return a.compare(due)
}

// header checks what the choice of groups depends on.
func (a *audit) header() error {
	r := a.release
	wrong := r.GetRulesVersion() != rulesVersion || r.GetRegistryVersion() != a.reg.Version || r.GetPlanVersion() != a.reg.Plan.Version || !a.period.Valid()
	for _, before := range a.kept.releases {
		switch {
		case before.sequence >= a.sequence:
			continue
		case before.kind == closing:
			wrong = true
		case before.kind == regular && a.kind != releasev1.ReleaseKind_RELEASE_KIND_VOID:
			wrong = wrong || before.period >= a.period
		}
	}
	if wrong {
		return &Difference{Fault: Header}
	}
	return a.voiding()
}

// voiding checks a release that takes back another: it has no groups, and all
// groups of the other fell by it.
func (a *audit) voiding() error {
	isVoid := a.kind == releasev1.ReleaseKind_RELEASE_KIND_VOID
	for _, g := range a.kept.ordered {
		falls := isVoid && g.sequence == int64(a.release.GetVoidsSequence())
		if falls != (g.voidedBy == a.sequence) {
			return &Difference{Header, g.set, g.level, g.code}
		}
	}
	if isVoid && (a.release.GetVoidsSequence() == 0 || int64(a.release.GetVoidsSequence()) >= a.sequence) ||
		!isVoid && a.release.GetVoidsSequence() != 0 {
		return &Difference{Fault: Header}
	}
	return nil
}

// quarterEnd reports whether sensitive leaves are tried in this release, yearEnd whether sensitive leaves go into rests (rule D6).
func (a *audit) quarterEnd() bool { return a.lastOf(3) }
func (a *audit) yearEnd() bool    { return a.lastOf(12) }

// rollsUp reports whether what is too small leaves together in this release.
func (a *audit) rollsUp() bool { return a.lastOf(civil.Month(max(3, a.office.Rest))) }

func (a *audit) lastOf(months civil.Month) bool {
	return a.kind == releasev1.ReleaseKind_RELEASE_KIND_CLOSING || a.period%100%months == 0
}
