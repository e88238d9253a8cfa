package retention

import (
	"fmt"
	"log/slog"
	"strings"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/locale"
	"casehub/node/documents"
)

// ownDataFormat is the first field of the JSON file; README.md describes it.
const ownDataFormat = "casehub.own-data/1"

// OwnData is what a node keeps about one client, in the client's language: every
// field with its name, its value as it is kept, and as a person reads it.
type OwnData struct {
	Format   string `json:"format"`
	Language string `json:"language"`
	// MadeOn is the office's day, YYYY-MM-DD.
	MadeOn    civil.Date `json:"made_on"`
	MadeBy    string     `json:"made_by"`
	Office    string     `json:"organisation"`
	Reference string     `json:"reference"`
	// Notice says that it may not be everything, and what the client can do then.
	// It is the same in every file, whatever its maker sees.
	Notice   []string  `json:"notice"`
	Sections []Section `json:"sections"`

	files []documents.Document
}

// LogValue lets a log show the reference and nothing else.
func (o OwnData) LogValue() slog.Value { return slog.StringValue(o.Reference) }

// Section is records of one kind: the client, the cases, the consents.
type Section struct {
	Kind    string   `json:"kind"`
	Title   string   `json:"title"`
	Records []Record `json:"records"`
}

// Record is one thing that is kept, with what hangs on it.
type Record struct {
	Title  string    `json:"title,omitempty"`
	Fields []Item    `json:"fields"`
	Parts  []Section `json:"parts,omitempty"`
}

// Item is one field.
type Item struct {
	// Field is the name of the field in the database, the same in every language.
	Field string `json:"field"`
	Name  string `json:"name"`
	Value string `json:"value"`
	// Text is the value as a person reads it, "" where that is the same.
	Text string `json:"text,omitempty"`
	// Others says that it is or may be about somebody else as well, LeftOut that
	// it is not given for that reason.
	Others  bool `json:"concerns_others,omitempty"`
	LeftOut bool `json:"left_out,omitempty"`
}

// Shown is the value as a person reads it.
func (i Item) Shown() string {
	if i.Text != "" {
		return i.Text
	}
	return i.Value
}

// Choice is what goes along with a client's own data.
type Choice struct {
	// Others gives the names of other parties, Notes what the office wrote down in
	// words, where others may be named. Either needs a reason.
	Others, Notes bool
	// Files gives the documents themselves, beside the list of them.
	Files bool
	Why   string
}

// check reports what is missing.
func (c Choice) check() error {
	if !c.Others && !c.Notes {
		return nil
	}
	return whyOf(c.Why)
}

// parts says in a few words what went along, for the audit.
func (c Choice) parts() string {
	var all []string
	for _, p := range []struct {
		given bool
		name  string
	}{{c.Others, "others"}, {c.Notes, "notes"}, {c.Files, "files"}} {
		if p.given {
			all = append(all, p.name)
		}
	}
	return strings.Join(all, " ")
}

// pen writes fields in a language.
type pen struct {
	words  *locale.Catalog
	lang   string
	reg    *codelist.Registry
	choice Choice
}

// about says whom a field may concern.
type about int

const (
	own        about = iota // the client alone
	otherParty              // another party
	inWords                 // words of the office, in which others may be named
)

func (p pen) item(field, value, text string, of about) Item {
	i := Item{Field: field, Name: p.words.Text(p.lang, "audit-field."+strings.ReplaceAll(field, "_", "-")), Value: value, Text: text, Others: of != own}
	if value != "" && (of == otherParty && !p.choice.Others || of == inWords && !p.choice.Notes) {
		i.Value, i.Text, i.LeftOut = "", "", true
	}
	return i
}

func (p pen) plain(field, value string) Item      { return p.item(field, value, "", own) }
func (p pen) note(field, value string) Item       { return p.item(field, value, "", inWords) }
func (p pen) day(field string, d civil.Date) Item { return p.item(field, string(d), p.date(d), own) }

func (p pen) word(field, value, beginning string) Item {
	return p.item(field, value, p.said(beginning, value), own)
}

func (p pen) code(field string, c codelist.Code) Item {
	if c == 0 {
		return p.plain(field, "")
	}
	return p.item(field, fmt.Sprint(c), p.reg.Label(c, p.lang), own)
}

func (p pen) date(d civil.Date) string {
	if d == "" {
		return ""
	}
	return p.words.Date(p.lang, d)
}

func (p pen) said(beginning, value string) string {
	if value == "" {
		return ""
	}
	return p.words.Text(p.lang, beginning+value)
}

// title returns a heading.
func (p pen) title(key string) string { return p.words.Text(p.lang, key) }

// given leaves out fields without a value.
func given(items ...Item) []Item {
	var all []Item
	for _, i := range items {
		if i.Value != "" || i.LeftOut {
			all = append(all, i)
		}
	}
	return all
}
