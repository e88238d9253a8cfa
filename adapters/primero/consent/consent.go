// Package consent judges whose records of Primero may be taken. An export and the
// API are read by the same rule.
package consent

import (
	"slices"
	"strings"

	"casehub/adapters"
)

// Rule says which fields must say yes for a record to be taken. The keys are those
// of the mapping file.
type Rule struct {
	Fields []string `yaml:"fields" json:"fields"`
	// Yes are the values that mean yes; "true", "Yes" and "yes" when empty.
	Yes []string `yaml:"yes" json:"yes"`
	// Missing is "skip" or "take": what becomes of a record in which a field is
	// empty. "skip" when empty.
	Missing string `yaml:"missing" json:"missing"`
}

// Reasons for which a record is left out.
const (
	SkipConsent  = "no_consent"
	SkipDisabled = "disabled_at_source"
)

// yes are the values that mean yes where a rule names none.
var yes = []string{"true", "Yes", "yes"}

// Check fails with adapters.ErrSettings for a rule that means nothing.
func (r Rule) Check() error {
	if !slices.Contains([]string{"", "skip", "take"}, r.Missing) {
		return adapters.ErrSettings.With("setting", "consent.missing")
	}
	return nil
}

// Judge leaves out the record of somebody who did not consent, and one that is
// disabled: nothing of it stays but where it stands and its key.
func (r Rule) Judge(rec *adapters.Record) {
	switch {
	case rec.Skip != "" || len(rec.Problems) > 0:
		return
	case rec.Value("record_state").Raw == "false":
		rec.Skip = SkipDisabled
	case !r.consents(rec):
		rec.Skip = SkipConsent
	default:
		return
	}
	rec.Header, rec.Values, rec.Children, rec.AltKeys, rec.Documents = adapters.NewHeader(nil), nil, nil, nil, nil
	rec.Seal()
}

func (r Rule) consents(rec *adapters.Record) bool {
	means := r.Yes
	if len(means) == 0 {
		means = yes
	}
	for _, name := range r.Fields {
		switch v := rec.Value(name); {
		case v.Null || strings.TrimSpace(v.Raw) == "":
			if r.Missing != "take" {
				return false
			}
		case !slices.Contains(means, strings.TrimSpace(v.Raw)):
			return false
		}
	}
	return true
}
