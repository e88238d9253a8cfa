// Package codelist holds the national registry: the code lists by which offices
// describe cases, referrals, outcomes and amounts recovered, and the plan that
// says which measures are published by which list.
//
// Every list is a tree of three levels: the list itself (the root), categories,
// and leaves. A case carries a leaf. Codes are numbers that are never used
// again; labels are in English and Spanish. A leaf is sensitive when it needs
// the higher threshold of rule D2: violence, child abuse, sexual offences, HIV,
// asylum, trafficking, a shelter as a destination, and services that keep somebody
// safe.
package codelist

import (
	"bytes"
	_ "embed" // the registry is part of the program
	"encoding/json"
	"fmt"
	"sync/atomic"

	"casehub/internal/civil"
)

//go:embed registry.json
var national []byte

// Code is the number of a leaf, a category or a list in the registry (DHIS2
// categoryOption).
type Code uint32

// Names of the lists.
const (
	CaseTypes            = "case_types"
	ReferralDestinations = "referral_destinations"
	RecoveryKinds        = "recovery_kinds"
	Outcomes             = "outcomes"
	ServiceKinds         = "service_kinds"
	ReferralResults      = "referral_results"
	TurnAwayReasons      = "turn_away_reasons"
	Institutions         = "institutions"
	ActivityKinds        = "activity_kinds"
	SatisfactionRatings  = "satisfaction_ratings"
	QualityResults       = "quality_results"
)

// Label is a name in each language.
type Label struct {
	En string `json:"en"`
	Es string `json:"es"`
}

// In returns the label in a language, "es" or else English.
func (l Label) In(language string) string {
	if language == "es" {
		return l.Es
	}
	return l.En
}

// Leaf is the finest code, the one that a record carries.
type Leaf struct {
	Code Code `json:"code"`
	Label
	// Sensitive asks for the higher threshold (rule D2) and quarters (rule D6).
	Sensitive bool `json:"sensitive"`
	// Since is the first month in which a record could carry the code; 0 for one that is
	// as old as its list.
	Since civil.Month `json:"since,omitempty"`

	// Category is the code of the category above.
	Category Code `json:"-"`

	// taken is the first month of the plan by which an office took the leaf; 0 for one
	// that it always had.
	taken civil.Month
}

// Came returns the first month in which an office could use the leaf: that of the list,
// or the later one in which the office took the list. It is 0 for a leaf that it always
// had.
func (l Leaf) Came() civil.Month { return max(l.Since, l.taken) }

// year is twelve months in numbers of the form 202609.
const year = 100

// Known reports whether in a month a leaf has been there for a year. Before that
// everybody takes it for one that hardly any record carries, so that it hides nothing
// of the leaves beside it (rules D4 and D5).
func (l Leaf) Known(period civil.Month) bool { return l.Came() == 0 || period >= l.Came()+year }

// Category is a group of leaves.
type Category struct {
	Code Code `json:"code"`
	Label
	Leaves []Leaf `json:"leaves"`
	// Former are leaves that stood here in an earlier version. No record gets one any
	// more; what was recorded under it and had not left the office belongs to the
	// rest of the category.
	Former []Leaf `json:"former"`
}

// List is one code list.
type List struct {
	Name string `json:"name"`
	Code Code   `json:"code"`
	Label
	Categories []Category `json:"categories"`

	leaves, former map[Code]Leaf
}

// Leaf returns a leaf of the list.
func (l *List) Leaf(c Code) (Leaf, bool) {
	f, ok := l.leaves[c]
	return f, ok
}

// Former returns a leaf that stood in the list in an earlier version.
func (l *List) Former(c Code) (Leaf, bool) {
	f, ok := l.former[c]
	return f, ok
}

// Category returns a category of the list.
func (l *List) Category(c Code) (Category, bool) {
	for _, cat := range l.Categories {
		if cat.Code == c {
			return cat, true
		}
	}
	return Category{}, false
}

// Leaves returns all leaves in the order of the registry.
func (l *List) Leaves() []Leaf {
	var all []Leaf
	for _, c := range l.Categories {
		all = append(all, c.Leaves...)
	}
	return all
}

// DataSet is one published measure by one code list (DHIS2 dataSet).
type DataSet struct {
	Number uint32 `json:"data_set"`
	Name   string `json:"name"`
	List   string `json:"list"`
	// Money is true where groups carry an amount (rule D7).
	Money bool `json:"money"`
	Label
}

// Weighted reports whether one record counts for as many as it says: an activity
// for its participants. How many records are inside does not show in such a number,
// and it says little about them.
func (d DataSet) Weighted() bool { return d.Name == "activity_participants" }

// Numbers of the data sets of the plan. They are never used again.
const (
	CasesOpened          uint32 = 1
	ReferralsMade        uint32 = 2
	AmountsRecovered     uint32 = 3
	CasesClosed          uint32 = 4
	Consultations        uint32 = 5
	Services             uint32 = 6
	ReferralsEnded       uint32 = 7
	TurnAways            uint32 = 8
	Complaints           uint32 = 9
	Activities           uint32 = 10
	ActivityParticipants uint32 = 11
	Satisfaction         uint32 = 12
	Quality              uint32 = 13
)

// Plan lists the measures that offices publish.
type Plan struct {
	Version  uint32    `json:"version"`
	DataSets []DataSet `json:"data_sets"`
}

// Registry is one version of the code lists and the plan. It does not change, but for
// one of Live.
type Registry struct {
	Version uint32  `json:"version"`
	Lists   []*List `json:"lists"`
	Plan    Plan    `json:"plan"`

	labels map[Code]Label
	newest atomic.Pointer[Registry] // nil but for Live
}

// National returns the registry that this program was built with. It panics
// when that does not hold together, which a test rules out.
func National() *Registry {
	r, err := Parse(national)
	if err != nil {
		panic(err)
	}
	return r
}

// Parse reads a registry and checks that it holds together: unknown keys,
// codes used twice, missing labels, codes since no month, and measures without a list
// or out of order are errors.
func Parse(b []byte) (*Registry, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var r Registry
	if err := d.Decode(&r); err != nil {
		return nil, fmt.Errorf("reading the registry: %w", err)
	}
	r.labels = map[Code]Label{}
	for _, l := range r.Lists {
		if err := r.index(l); err != nil {
			return nil, fmt.Errorf("reading the registry: list %s: %w", l.Name, err)
		}
	}
	if err := r.checkPlan(b); err != nil {
		return nil, fmt.Errorf("reading the registry: %w", err)
	}
	return &r, nil
}

// checkPlan reports measures that have no list, or whose numbers do not ascend: a
// release has its tables in the order of the plan, and their numbers ascending. B is
// what the plan was read from.
func (r *Registry) checkPlan(b []byte) error {
	last := uint32(0)
	for i, d := range r.Plan.DataSets {
		fault, key := "", "data_set"
		switch {
		case d.Number == 0:
			fault = "a number is missing"
		case d.Number == last:
			fault = fmt.Sprintf("data set %d stands twice", d.Number)
		case d.Number < last:
			fault = fmt.Sprintf("data set %d stands after %d: numbers must ascend", d.Number, last)
		case r.List(d.List) == nil:
			fault, key = fmt.Sprintf("data set %d has no list", d.Number), "list"
		}
		if fault != "" {
			return fmt.Errorf("line %d, plan.data_sets[%d].%s: %s", lineOf(b, i, key), i, key, fault)
		}
		last = d.Number
	}
	return nil
}

func (r *Registry) index(l *List) error {
	l.leaves, l.former = map[Code]Leaf{}, map[Code]Leaf{}
	if err := r.label(l.Code, l.Label); err != nil {
		return err
	}
	for i := range l.Categories {
		c := &l.Categories[i]
		if err := r.label(c.Code, c.Label); err != nil {
			return err
		}
		if err := r.indexLeaves(c.Code, c.Leaves, l.leaves); err != nil {
			return err
		}
		if err := r.indexLeaves(c.Code, c.Former, l.former); err != nil {
			return err
		}
	}
	return nil
}

func (r *Registry) indexLeaves(category Code, leaves []Leaf, into map[Code]Leaf) error {
	for i := range leaves {
		f := &leaves[i]
		f.Category = category
		if f.Since != 0 && !f.Since.Valid() {
			return fmt.Errorf("code %d: since is no month", f.Code)
		}
		if err := r.label(f.Code, f.Label); err != nil {
			return err
		}
		into[f.Code] = *f
	}
	return nil
}

func (r *Registry) label(c Code, l Label) error {
	if c == 0 || l.En == "" || l.Es == "" {
		return fmt.Errorf("code %d lacks a number or a label", c)
	}
	if _, twice := r.labels[c]; twice {
		return fmt.Errorf("code %d stands twice", c)
	}
	r.labels[c] = l
	return nil
}

// List returns a list by name, or nil.
func (r *Registry) List(name string) *List {
	for _, l := range r.Now().Lists {
		if l.Name == name {
			return l
		}
	}
	return nil
}

// DataSet returns a measure of the plan.
func (r *Registry) DataSet(number uint32) (DataSet, bool) {
	for _, d := range r.Now().Plan.DataSets {
		if d.Number == number {
			return d, true
		}
	}
	return DataSet{}, false
}

// Label returns the label of a code in a language, or the number itself when
// the registry does not know it.
func (r *Registry) Label(c Code, language string) string {
	if l, ok := r.Now().labels[c]; ok {
		return l.In(language)
	}
	return fmt.Sprint(uint32(c))
}
