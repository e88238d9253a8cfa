package egress

import (
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/node/ledger"
)

// everywhere are the actions that somebody needs in the whole organisation, beside
// reading every case with all its classes, before the numbers of a measure open to
// them: what stands in no case has an action of its own.
func everywhere(table string) []string {
	switch table {
	case "turn_aways":
		return []string{"figures.read", "turnaways.read"}
	case "activities":
		return []string{"figures.read", "activities.read"}
	}
	return []string{"figures.read"}
}

// memberPath returns the address of the page of a record of a table, "" where it has
// none that everybody may open who sees its line.
func memberPath(table string, m ledger.Member) string {
	switch {
	case m.Source == "":
		return ""
	case m.CaseID != "":
		return "/cases/" + m.CaseID
	case table == "consultations" && m.ClientID != "":
		return "/consultations/" + m.Source
	}
	return ""
}

// recordLine is a record as a list shows it.
type recordLine struct {
	ledger.Member
	// Path is "" where there is no page. Title is what heads the line where the
	// record has no reference, and Says what it is today where that differs.
	Path, Title, Kind, Says string
	// ShowsNow says that the amount or the number differs today.
	ShowsNow bool
}

// StandingKey returns the catalogue's key of what became of the record.
func (o recordLine) StandingKey() string { return "egress.record-" + string(o.Standing) }

// CorrectionKey returns the catalogue's key of what a correction does.
func (o recordLine) CorrectionKey() string {
	if o.Value < 0 {
		return "egress.record-taken-back"
	}
	return "egress.record-given-back"
}

// recordLines puts words to records.
func recordLines(reg *codelist.Registry, table, language string, lines []ledger.Member) []recordLine {
	var all []recordLine
	for _, m := range lines {
		o := recordLine{Member: m, Path: memberPath(table, m), Title: m.CaseReference}
		if m.Standing.Hides() {
			o.Minor = 0
		}
		code := m.Code
		if code == 0 {
			code = m.Now
		}
		if code != 0 {
			o.Kind = reg.Label(code, language)
		}
		if m.Standing == ledger.Changed {
			if m.Now != m.Code {
				o.Says = reg.Label(m.Now, language)
			} else {
				o.ShowsNow = true
			}
		}
		all = append(all, o)
	}
	return all
}

// releaseKey is the office's public key, by which anybody can check a release.
type releaseKey struct {
	Number uint32
	// Hex is what casehub-node verify takes; Words say it on the telephone.
	Hex   string
	Words []string
}

// monthAccount is the movement of the cases of a release's month.
type monthAccount struct {
	Month civil.Month
	Cells []accountCell
	Holds bool
	Path  string
}

// accountCell is one number of an account; Path is "" where it opens nothing.
type accountCell struct {
	Key, Path string
	Number    int64
}
