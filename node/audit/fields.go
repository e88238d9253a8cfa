package audit

import (
	"strings"
)

// sort is how the value of a field is shown.
type sort int

const (
	plain   sort = iota // as it was written
	day                 // YYYY-MM-DD
	code                // of the national registry
	money               // minor units, a space, the currency
	word                // of a closed list: the end of a key
	record              // identifiers of records that have a name or a reference; words where a rule has them
	granted             // what a role may do
	tongue              // a language that people speak
	media               // media type of a file
	size                // of a file, in bytes
)

// class is what a reader must be allowed to see a value.
type class int

const (
	everybody class = iota
	contact
	narrative
	amounts
	sensitive
	allClasses // whoever may read all classes
)

// fieldRule is how a field is shown, and to whom.
type fieldRule struct {
	sort  sort
	class class
	words string // beginning of the key of a word
}

// isWord begins the key of a word that several fields have.
const isWord = "audit-page.is-"

// fieldRules of the fields that need one. A field that is not listed is plain
// text for whoever may read everything.
var fieldRules = map[string]fieldRule{
	"surname": {}, "given_names": {}, "id_number": {}, "birth_precision": {sort: word, words: "clients.birth-precision-"},
	"birth_date": {sort: day}, "sex": {sort: word, words: "clients.sex-"}, "language": {sort: tongue},
	"phones": {class: contact}, "address": {class: contact}, "contact_safety": {sort: word, class: contact, words: "clients.contact-safety-"},
	"notes": {class: narrative},

	"client_id": {sort: record}, "case_type": {sort: code, class: sensitive}, "status": {sort: word, words: "cases.status-"},
	"opened_on": {sort: day}, "closed_on": {sort: day}, "outcome": {sort: code, class: sensitive},
	"other_party": {class: narrative}, "summary": {class: narrative},
	"office_id": {sort: record}, "responsible_id": {sort: record}, "registered_id": {sort: record},

	"destination": {sort: code, class: narrative}, "referred_on": {sort: day}, "note": {class: narrative},
	"recovery_kind": {sort: code, class: amounts}, "received_on": {sort: day, class: amounts}, "amount": {sort: money, class: amounts},
	"recovery_note": {class: narrative},

	// What belongs to a client and to no case may be about anything.
	"consultation_type": {sort: code, class: allClasses}, "held_on": {sort: day}, "worker_id": {sort: record}, "case_id": {sort: record}, "said": {class: allClasses},
	"service_kind": {sort: code, class: allClasses}, "given_on": {sort: day}, "removed_because": {class: allClasses},

	"turned_away": {sort: code}, "came_on": {sort: day}, "turnaway_note": {class: narrative},
	"activity_kind": {sort: code}, "place": {}, "participants": {}, "activity_note": {},

	"result": {sort: code, class: narrative}, "result_on": {sort: day, class: narrative}, "result_note": {class: narrative},
	"institution": {sort: code, class: narrative}, "filed_on": {sort: day, class: narrative}, "complaint_number": {class: narrative},
	"progress": {sort: word, class: narrative, words: "complaints.progress-"}, "complaint_outcome": {sort: word, class: narrative, words: "complaints.outcome-"},
	"complaint_answered_on": {sort: day, class: narrative}, "complaint_note": {class: narrative},
	"survey_answered_on": {sort: day, class: narrative}, "rating": {sort: code, class: narrative}, "comment": {class: narrative}, "suggestion": {class: narrative},
	"cost": {sort: word, class: narrative, words: "surveys.opinion-"}, "pace": {sort: word, class: narrative, words: "surveys.opinion-"},
	"attention": {sort: word, class: narrative, words: "surveys.opinion-"}, "lawyers": {sort: word, class: narrative, words: "surveys.lawyers-"},
	"quality_result": {sort: code, class: narrative}, "checked_on": {sort: day, class: narrative}, "quality_note": {class: narrative},
	"wrong": {sort: word, class: narrative, words: "quality.wrong-"}, "month": {}, "seed": {}, "sample_size": {},

	"document_name": {class: narrative}, "document_type": {sort: media}, "document_size": {sort: size},

	"person_id": {sort: record}, "until": {sort: day}, "reason": {sort: word, class: allClasses, words: "access.reason-"},

	"key_number": {},
	"name":       {}, "login": {}, "lock_minutes": {}, "region_id": {sort: record}, "closed": {sort: word, words: isWord},
	"years": {}, "asked_on": {sort: day}, "members": {sort: record}, "positions": {sort: record, words: "people.role-"}, "grants": {sort: granted},
}

// ruleOf returns the rule of a field.
func ruleOf(field string) fieldRule {
	if r, ok := fieldRules[field]; ok {
		return r
	}
	return fieldRule{class: allClasses}
}

// fieldKey returns the catalogue's key of a field.
func fieldKey(field string) string { return "audit-field." + strings.ReplaceAll(field, "_", "-") }

// group is what a reader narrows the page by.
type group string

// The groups of actions: of a client, of a case, looking at records, of staff,
// and the rest, which the program does.
const (
	ofClients group = "clients"
	ofCases   group = "cases"
	ofReading group = "reading"
	ofStaff   group = "staff"
	ofProgram group = "program"
)

var groups = []group{ofClients, ofCases, ofReading, ofStaff, ofProgram}

// areas are the first words of the actions of a group; what is in none is of the
// program.
var areas = map[group][]string{
	ofClients: {"client", "consent", "erasure", "restriction", "export", "consultation", "service", "turnaway"},
	ofCases:   {"case", "referral", "recovery", "document", "task", "complaint", "survey", "quality"},
	ofStaff:   {"person", "organisation", "region", "office", "team", "role", "position", "wall", "emergency", "session"},
}
