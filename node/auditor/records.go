package auditor

import (
	"context"
	"fmt"
	"slices"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
)

// rulesVersion is the version of the event rules by which records are read here.
const rulesVersion = 2

// happening is one thing that counts: a case was opened, a referral made, an
// amount received.
type happening struct {
	person        int
	code          codelist.Code
	month         civil.Month
	minor, weight int64
	// unread says that the record, its case or its client changed since the ledger
	// last read them, which it does when a draft is made.
	unread bool
}

// archive is what the office has on paper.
type archive struct {
	person map[string]int // of each client record
	others int            // records of nobody who is a client, each of somebody else
	unread map[string]map[string]bool
	// counts has what counts in each measure, by its name and then by the identifier
	// of the record.
	counts map[string]map[string]happening
	cases  map[string]happening // as opened
}

// tables are read in this order: a record needs its case, a case its client. Each
// has the names of the measures whose events are its records.
var tables = []struct {
	name     string
	measures []string
	read     func(*archive, context.Context, sqlite.Querier, Office) error
}{
	{"clients", nil, (*archive).readClients},
	{"cases", []string{"cases_opened", "cases_closed"}, (*archive).readCases},
	{"referrals", []string{"referrals_made", "referral_results"}, (*archive).readReferrals},
	{"recoveries", []string{"amounts_recovered"}, (*archive).readRecoveries},
	{"consultations", []string{"consultations"}, ofClients("consultations", "consultations", "case_type", "held_on")},
	{"services", []string{"services"}, ofClients("services", "services", "kind", "given_on")},
	{"turn_aways", []string{"turn_aways"}, ofClients("turn_aways", "turn_aways", "reason", "came_on")},
	{"complaints", []string{"complaints"}, ofCases("complaints", "complaints", "institution", "filed_on")},
	{"surveys", []string{"satisfaction"}, ofCases("satisfaction", "surveys", "rating", "answered_on")},
	{"quality_checks", []string{"quality"}, ofCases("quality", "quality_checks", "result", "checked_on")},
	{"activities", []string{"activities", "activity_participants"}, (*archive).readActivities},
}

// tableOf returns the table of a measure's records, or "".
func tableOf(measure string) string {
	for _, t := range tables {
		if slices.Contains(t.measures, measure) {
			return t.name
		}
	}
	return ""
}

// readArchive reads every table once, in the order of its identifiers.
func readArchive(ctx context.Context, q sqlite.Querier, o Office) (*archive, error) {
	a := &archive{
		person: map[string]int{}, cases: map[string]happening{},
		unread: map[string]map[string]bool{}, counts: map[string]map[string]happening{},
	}
	if err := a.readUnread(ctx, q); err != nil {
		return nil, err
	}
	for _, t := range tables {
		for _, m := range t.measures {
			a.counts[m] = map[string]happening{}
		}
		if err := t.read(a, ctx, q, o); err != nil {
			return nil, fmt.Errorf("%s: %w", t.name, err)
		}
	}
	return a, nil
}

// add puts in what happened in a case; it is of the case's client.
func (a *archive) add(measure, table, id, of string, h happening) {
	c := a.cases[of]
	h.person, h.unread = c.person, c.unread || a.unread[table][id]
	a.counts[measure][id] = h
}

// addOf puts in what happened to a client, or to somebody who is none.
func (a *archive) addOf(measure, table, id, client string, h happening) {
	h.unread = a.unread[table][id] || a.unread["clients"][client]
	if h.person = a.person[client]; client == "" {
		a.others++
		h.person = -a.others
	}
	a.counts[measure][id] = h
}

// monthOf returns the month of a day "YYYY-MM-DD", or 0 for anything else.
func monthOf(day string) civil.Month {
	if len(day) != 10 || day[4] != '-' || day[7] != '-' {
		return 0
	}
	var m civil.Month
	for _, b := range []byte(day[:4] + day[5:7]) {
		if b < '0' || b > '9' {
			return 0
		}
		m = m*10 + civil.Month(b-'0')
	}
	return m
}
