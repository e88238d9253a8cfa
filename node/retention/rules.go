package retention

import (
	"context"
	"fmt"
	"strconv"

	"casehub/internal/actor"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/sqlite"
	"casehub/node/audit"
)

// Years that a node keeps cases when nobody set anything else. The README says
// why.
const (
	ordinary  = 7  // years after closing
	sensitive = 10 // of a case of a sensitive type
	noCase    = 3  // after the last change of a client without a case

	floorOfCase   = 5
	floorOfClient = 1
	mostYears     = 100
)

// longer are categories whose files are kept longer than others: claims to land,
// and estates and papers that are asked for decades later.
var longer = map[codelist.Code]int{1700: 30, 1900: 10}

// Rules say how many years what is kept. The zero value has no code lists; use
// Service.Rules.
type Rules struct {
	reg *codelist.Registry
	set map[codelist.Code]int // by leaf or category; 0 a client without a case
}

// Years returns for how many years a closed case of a type is kept, or with code
// 0 a client without a case: what was set for the type, else for its category,
// else what the program comes with.
func (r Rules) Years(code codelist.Code) int {
	if n, ok := r.set[code]; ok {
		return n
	}
	if code == 0 {
		return noCase
	}
	leaf, category := r.place(code)
	if n, ok := r.set[category]; ok {
		return n
	}
	years := ordinary
	if leaf.Sensitive {
		years = sensitive
	}
	return max(years, longer[category])
}

// place returns the leaf with a code, and the code of its category.
func (r Rules) place(code codelist.Code) (codelist.Leaf, codelist.Code) {
	for _, c := range r.reg.List(codelist.CaseTypes).Categories {
		for _, l := range c.Leaves {
			if l.Code == code {
				return l, c.Code
			}
		}
	}
	return codelist.Leaf{}, 0
}

// Floor returns the fewest years that may be set for a code.
func Floor(code codelist.Code) int {
	if code == 0 {
		return floorOfClient
	}
	return floorOfCase
}

// known reports whether a rule can be set for a code: a category, a leaf, or a
// client without a case.
func (r Rules) known(code codelist.Code) bool {
	if code == 0 {
		return true
	}
	for _, c := range r.reg.List(codelist.CaseTypes).Categories {
		if c.Code == code {
			return true
		}
	}
	leaf, _ := r.place(code)
	return leaf.Code == code
}

// all returns the years of every type, for a statement.
func (r Rules) all() map[string]int {
	years := map[string]int{}
	for _, l := range r.reg.List(codelist.CaseTypes).Leaves() {
		years[strconv.FormatUint(uint64(l.Code), 10)] = r.Years(l.Code)
	}
	return years
}

// Rules returns the rules of the organisation.
func (s *Service) Rules(ctx context.Context) (Rules, error) { return s.rules(ctx, s.db) }

func (s *Service) rules(ctx context.Context, q sqlite.Querier) (Rules, error) {
	set, err := selectRules(ctx, q)
	if err != nil {
		return Rules{}, fmt.Errorf("reading the rules of retention: %w", err)
	}
	return Rules{s.reg, set}, nil
}

// SetRule sets the years of a case type, of a category, or with code 0 of clients
// without a case; 0 years give it back to the rule above it. It fails with an
// error of kind errs.Invalid that blames the field "years_" and the code.
func (s *Service) SetRule(ctx context.Context, who actor.Actor, code codelist.Code, years int) error {
	if err := s.gate.May(ctx, who, "retention.manage"); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		rules, err := s.rules(ctx, tx)
		if err != nil {
			return err
		}
		if err := rules.check(code, years); err != nil {
			return err
		}
		before := rules.set[code]
		if before == years {
			return nil
		}
		if err := saveRule(ctx, tx, code, years); err != nil {
			return fmt.Errorf("setting a rule of retention: %w", err)
		}
		return audit.Record(ctx, tx, s.now(), who, "retention.rule-set", strconv.FormatUint(uint64(code), 10), audit.Field("years", before, years))
	})
}

func (r Rules) check(code codelist.Code, years int) error {
	field := "years_" + strconv.FormatUint(uint64(code), 10)
	switch {
	case !r.known(code):
		return errUnknown.On(field)
	case years != 0 && (years < Floor(code) || years > mostYears):
		return errYears.On(field).With("least", Floor(code)).With("most", mostYears)
	}
	return nil
}

// whyOf checks a reason that somebody gave.
func whyOf(why string) error {
	if len([]rune(why)) < whyLeast {
		return errWhy
	}
	if len([]rune(why)) > whyLimit {
		return errs.New(errs.Invalid, "text.too-long").On("why").With("limit", whyLimit)
	}
	return nil
}
