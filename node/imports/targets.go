package imports

import (
	"casehub/internal/codelist"
	"casehub/node/clients"
	"casehub/node/complaints"
	"casehub/node/surveys"
)

// kind is what sort of values a field takes.
type kind uint8

const (
	asLine      kind = iota // text without line ends
	asLines                 // text
	asDay                   // YYYY-MM-DD
	asCode                  // leaf of a code list
	asWord                  // one of a few words
	asMoney                 // minor units, never zero
	asCurrency              // ISO 4217
	asReference             // identifier of a record of another stream
	asNumber                // whole, from 0
	asDerived               // set from another field, never by a mapping
)

// field is one field of a target, in the order of its columns.
type field struct {
	name     string
	kind     kind
	required bool
	list     string   // code list of a code
	words    []string // values of a word
	standard string   // what an empty field becomes
	target   string   // what a reference points to
}

// target is what a stream can be mapped to.
type target struct {
	name   string
	rank   int // targets of a lower rank are written first
	fields []field
}

// index returns the place of a field, or -1.
func (t *target) index(name string) int {
	for i, f := range t.fields {
		if f.name == name {
			return i
		}
	}
	return -1
}

// Names of the targets.
const (
	toClient   = "client"
	toCase     = "case"
	toReferral = "referral"
	toRecovery = "recovery"

	toConsultation = "consultation"
	toVisit        = "visit" // a consultation of somebody who is no client
	toService      = "service"
	toTurnAway     = "turn_away"
	toActivity     = "activity"
	toComplaint    = "complaint"
	toSurvey       = "survey"
	toAnswer       = "answer"
	toDocument     = "document"
)

// targets in the order in which they are written.
var targets = []*target{
	{name: toClient, rank: 0, fields: []field{
		{name: "surname"},
		{name: "given_names"},
		{name: "birth_date", kind: asDay},
		{name: "birth_precision", kind: asDerived},
		{name: "sex", kind: asWord, words: []string{string(clients.Female), string(clients.Male), string(clients.OtherSex)}},
		{name: "id_number"},
		{name: "phones", kind: asLines},
		{name: "contact_safety", kind: asWord, words: []string{string(clients.SafetyUnknown), string(clients.Safe), string(clients.Unsafe)}},
		{name: "address", kind: asLines},
		{name: "language"},
		{name: "notes", kind: asLines},
		{name: "legacy", kind: asDerived},
	}},
	{name: toCase, rank: 1, fields: []field{
		{name: "client", kind: asReference, target: toClient, required: true},
		{name: "case_type", kind: asCode, list: codelist.CaseTypes, required: true},
		{name: "opened_on", kind: asDay, required: true},
		{name: "closed_on", kind: asDay},
		{name: "outcome", kind: asCode, list: codelist.Outcomes},
		{name: "other_party"},
		{name: "summary", kind: asLines},
		{name: "legacy_number"},
		{name: "legacy", kind: asDerived},
	}},
	{name: toReferral, rank: 2, fields: []field{
		{name: "case", kind: asReference, target: toCase, required: true},
		{name: "destination", kind: asCode, list: codelist.ReferralDestinations, required: true},
		{name: "referred_on", kind: asDay, required: true},
		{name: "note", kind: asLines},
	}},
	{name: toRecovery, rank: 3, fields: []field{
		{name: "case", kind: asReference, target: toCase, required: true},
		{name: "kind", kind: asCode, list: codelist.RecoveryKinds, required: true},
		{name: "received_on", kind: asDay, required: true},
		{name: "amount", kind: asMoney, required: true},
		{name: "currency", kind: asCurrency},
		{name: "note", kind: asLines},
	}},
	{name: toConsultation, rank: 2, fields: []field{
		{name: "client", kind: asReference, target: toClient, required: true},
		{name: "case_type", kind: asCode, list: codelist.CaseTypes, required: true},
		{name: "held_on", kind: asDay, required: true},
		{name: "case", kind: asReference, target: toCase},
		{name: "note", kind: asLines},
	}},
	{name: toVisit, rank: 2, fields: []field{
		{name: "case_type", kind: asCode, list: codelist.CaseTypes, required: true},
		{name: "held_on", kind: asDay, required: true},
		{name: "called"},
		{name: "note", kind: asLines},
	}},
	{name: toService, rank: 3, fields: []field{
		{name: "case", kind: asReference, target: toCase},
		{name: "consultation", kind: asReference, target: toConsultation},
		{name: "kind", kind: asCode, list: codelist.ServiceKinds, required: true},
		{name: "given_on", kind: asDay, required: true},
	}},
	{name: toTurnAway, rank: 2, fields: []field{
		{name: "reason", kind: asCode, list: codelist.TurnAwayReasons, required: true},
		{name: "came_on", kind: asDay, required: true},
		{name: "client", kind: asReference, target: toClient},
		{name: "note", kind: asLines},
	}},
	{name: toActivity, rank: 2, fields: []field{
		{name: "kind", kind: asCode, list: codelist.ActivityKinds, required: true},
		{name: "held_on", kind: asDay, required: true},
		{name: "place"},
		{name: "participants", kind: asNumber, required: true},
		{name: "note", kind: asLines},
	}},
	{name: toComplaint, rank: 3, fields: []field{
		{name: "case", kind: asReference, target: toCase, required: true},
		{name: "institution", kind: asCode, list: codelist.Institutions, required: true},
		{name: "filed_on", kind: asDay, required: true},
		{name: "number"},
		{name: "progress", kind: asWord, words: wordsOfType(complaints.Steps()), standard: string(complaints.Filed)},
		{name: "outcome", kind: asWord, words: wordsOfType(complaints.Outcomes()[1:])},
		{name: "answered_on", kind: asDay},
		{name: "note", kind: asLines},
	}},
	{name: toSurvey, rank: 3, fields: []field{
		{name: "case", kind: asReference, target: toCase, required: true},
		{name: "answered_on", kind: asDay, required: true},
		{name: "rating", kind: asCode, list: codelist.SatisfactionRatings, required: true},
		{name: "cost", kind: asWord, words: wordsOfType(surveys.Opinions()[1:])},
		{name: "pace", kind: asWord, words: wordsOfType(surveys.Opinions()[1:])},
		{name: "attention", kind: asWord, words: wordsOfType(surveys.Opinions()[1:])},
		{name: "lawyers", kind: asWord, words: wordsOfType(surveys.Comparisons()[1:])},
		{name: "comment", kind: asLines},
		{name: "suggestion", kind: asLines},
	}},
	{name: toAnswer, rank: 3, fields: []field{
		{name: "case", kind: asReference, target: toCase},
		{name: "answered_on", kind: asDay, required: true},
		{name: "form"},
		{name: "instrument", kind: asDerived},
		{name: "answers", kind: asDerived},
	}},
	{name: toDocument, rank: 4, fields: []field{
		{name: "case", kind: asReference, target: toCase, required: true},
		{name: "name", required: true},
		{name: "blob", required: true},
	}},
}

// wordsOfType returns the values of a word of an area.
func wordsOfType[T ~string](all []T) []string {
	words := make([]string, len(all))
	for i, w := range all {
		words[i] = string(w)
	}
	return words
}

// targetNamed returns a target, or nil.
func targetNamed(name string) *target {
	for _, t := range targets {
		if t.name == name {
			return t
		}
	}
	return nil
}

// targetNames lists the names of all targets.
func targetNames() []string {
	var all []string
	for _, t := range targets {
		all = append(all, t.name)
	}
	return all
}
