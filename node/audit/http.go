package audit

import (
	"embed"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/locale"
	"casehub/internal/text"
	"casehub/internal/web"
)

//go:embed templates/*.html
var templates embed.FS

// Pages show who did what.
type Pages struct {
	*web.Pages
	words *locale.Catalog
	log   *Log
	reg   *codelist.Registry
	zone  *time.Location
}

// Routes adds the page of the audit to the site. Days are those of the zone.
func Routes(site *web.Site, log *Log, reg *codelist.Registry, zone *time.Location) *Pages {
	p := &Pages{Pages: site.Pages(templates), words: site.Catalog(), log: log, reg: reg, zone: zone}
	site.Handle("GET /audit", "audit.read", p.list)
	site.Handle("POST /audit", "audit.read", p.narrow)
	return p
}

// listing is the data of the page.
type listing struct {
	Lines []line
	// Next is the address of the page that follows, "" for none.
	Next string
	// Later says that this is not the first page, Narrowed that something is left
	// out by the reader's choice.
	Later, Narrowed bool
	Form            asked
}

// asked is what the reader narrows the page by. It is a form's text.
type asked struct {
	Who, Group, Reference, From, Until string
	// About is the record that a reference named before.
	About   string
	Staff   []Member
	Groups  []group
	Problem error
}

// Fields returns the inputs of the form.
func (a asked) Fields() []web.Field {
	who := web.Field{Form: "audit", Name: "who", Label: "audit-page.who", Choose: "audit-page.anybody"}
	people := web.OptionGroup{}
	for _, m := range a.Staff {
		people.Options = append(people.Options, web.Option{Value: m.ID, Label: m.Name, Chosen: m.ID == a.Who})
	}
	what := web.Field{Form: "audit", Name: "group", Label: "audit-page.group", Choose: "audit-page.anything"}
	kinds := web.OptionGroup{}
	for _, g := range a.Groups {
		kinds.Options = append(kinds.Options, web.Option{Value: string(g), Key: "audit-page.group-" + string(g), Chosen: string(g) == a.Group})
	}
	who.Options, what.Options = []web.OptionGroup{people}, []web.OptionGroup{kinds}
	return []web.Field{
		{Form: "audit", Name: "reference", Label: "audit-page.reference", Hint: "audit-page.reference-hint", Value: a.Reference, Limit: 40, Problem: a.Problem},
		who, what,
		{Form: "audit", Name: "from", Label: "audit-page.from", Type: "date", Value: dayOnly(a.From), Problem: a.Problem},
		{Form: "audit", Name: "until", Label: "audit-page.until", Type: "date", Value: dayOnly(a.Until), Problem: a.Problem},
	}
}

// dayOnly returns what an input for a day can hold: browsers complain of anything
// else.
func dayOnly(s string) string {
	if _, err := civil.Parse(s); err != nil {
		return ""
	}
	return s
}

// line is one entry as the page shows it.
type line struct {
	Key         string
	At          time.Time
	Who, WhoKey string
	// About names the record, and In the case in which it stands.
	About, In Sight
	Changes   []shown
}

// shown is one change in the reader's language. Key of Withheld stands in place
// of values that are not shown.
type shown struct {
	Field    string
	Old, New string
	Withheld string
}

// list answers GET /audit. What it is narrowed by stands in the address, by
// identifiers alone.
func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	v := r.URL.Query()
	a := asked{Who: v.Get("who"), Group: v.Get("group"), About: v.Get("about"), From: v.Get("from"), Until: v.Get("until")}
	return p.show(w, r, http.StatusOK, a, v.Get("after"))
}

// narrow answers POST /audit: a reference that was typed stays out of the
// address.
func (p *Pages) narrow(w http.ResponseWriter, r *http.Request) error {
	value := func(name string) string { return text.Clean(r.PostFormValue(name)) }
	a := asked{Who: value("who"), Group: value("group"), Reference: value("reference"), From: value("from"), Until: value("until")}
	_, a.Problem = p.filter(a)
	if a.Reference != "" {
		var err error
		a.About, err = p.log.records.Find(r.Context(), web.Actor(r), a.Reference)
		if err != nil && !errors.Is(err, ErrSubject) {
			return err
		}
		a.Problem = errors.Join(a.Problem, err)
	}
	if a.Problem != nil {
		return p.show(w, r, http.StatusUnprocessableEntity, a, "")
	}
	return web.GoTo(w, r, a.address(""))
}

// address returns the page of what was asked for, from a mark on.
func (a asked) address(after string) string {
	q := url.Values{}
	for name, value := range map[string]string{"who": a.Who, "group": a.Group, "about": a.About, "from": a.From, "until": a.Until, "after": after} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(q) == 0 {
		return "/audit"
	}
	return "/audit?" + q.Encode()
}

// filter turns what was asked into a filter.
func (p *Pages) filter(a asked) (Filter, error) {
	f := Filter{Who: a.Who, About: a.About}
	if slices.Contains(groups, group(a.Group)) {
		f.Group = a.Group
	}
	var err error
	read := func(name, value string, days int) time.Time {
		if value == "" {
			return time.Time{}
		}
		d, wrong := civil.Parse(value)
		if wrong != nil {
			err = errors.Join(err, civil.ErrDate.On(name))
			return time.Time{}
		}
		at, _ := time.ParseInLocation(time.DateOnly, string(d.AddDays(days)), p.zone) //nolint:errcheck // a day that was parsed
		return at
	}
	f.From, f.Before = read("from", a.From, 0), read("until", a.Until, 1)
	return f, err
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request, status int, a asked, after string) error {
	f, wrong := p.filter(a)
	if wrong != nil && a.Problem == nil {
		a.Problem, status = wrong, http.StatusUnprocessableEntity
	}
	var page Page
	var err error
	if f.After = after; a.Problem == nil {
		if page, err = p.log.List(r.Context(), web.Actor(r), f); err != nil {
			return err
		}
	}
	l := listing{Later: after != "", Narrowed: a.address("") != "/audit" || a.Problem != nil}
	var told []string
	for _, e := range page.Entries {
		l.Lines = append(l.Lines, p.line(r, e, page.Names))
		if e.tells() {
			told = append(told, e.record())
		}
	}
	if err := p.log.records.Looked(r.Context(), web.Actor(r), told); err != nil {
		return err
	}
	if page.Next != "" {
		l.Next = a.address(page.Next)
	}
	a.Groups = groups
	if a.Staff, err = p.log.records.Staff(r.Context()); err != nil {
		return err
	}
	if a.About != "" && a.Reference == "" {
		sights, err := p.log.records.Sights(r.Context(), web.Actor(r), []string{a.About})
		if err != nil {
			return err
		}
		if s := sights[a.About]; !s.Hidden {
			a.Reference = s.Label
		}
	}
	l.Form = a
	return p.Page(w, r, status, "audit-page", l)
}

func (p *Pages) line(r *http.Request, e Told, names map[string]string) line {
	l := line{Key: KeyOf(e.Action), At: e.At.In(p.zone), About: e.About, In: e.In}
	l.Who, l.WhoKey = doer(e.Actor)
	if name := names[l.Who]; name != "" {
		l.Who = name
	}
	if l.About.Label == "" {
		l.About.Label = names[e.Subject]
	}
	for _, c := range e.Changes {
		l.Changes = append(l.Changes, p.shown(r, c, e.sight(), names))
	}
	return l
}

// shown returns a change in the reader's language, or says why its values are
// not there.
func (p *Pages) shown(r *http.Request, c Stored, s Sight, names map[string]string) shown {
	rule, out := ruleOf(c.Field), shown{Field: fieldKey(c.Field)}
	switch {
	case c.Erased:
		out.Withheld = "audit-page.erased"
	case !s.may(rule.class):
		out.Withheld = "audit-page.withheld"
	default:
		out.Old, out.New = p.value(r, rule, c.Old, names), p.value(r, rule, c.New, names)
	}
	return out
}

// value returns a value in the reader's language. What cannot be read is shown
// as it is kept.
func (p *Pages) value(r *http.Request, rule fieldRule, v string, names map[string]string) string {
	lang, c := web.Language(r), p.words
	switch rule.sort {
	case day:
		if d, err := civil.Parse(v); err == nil {
			return c.Date(lang, d)
		}
	case code:
		if n := web.ReadCode(v); n != 0 {
			return p.reg.Label(n, lang)
		}
	case money:
		amount, currency, _ := strings.Cut(v, " ")
		if minor, err := strconv.ParseInt(amount, 10, 64); err == nil {
			return c.Money(lang, minor, currency)
		}
	case word:
		for _, begins := range []string{rule.words, isWord} {
			if key := begins + v; v != "" && c.HasKey(lang, key) {
				return c.Text(lang, key)
			}
		}
	case record:
		return p.withNames(lang, rule, v, names)
	case granted:
		return p.grants(lang, v)
	case tongue:
		return locale.Tongue(v)
	case media:
		if v != "" {
			return c.Text(lang, "documents.kind-"+web.FileKind(v))
		}
	case size:
		if bytes, err := strconv.ParseInt(v, 10, 64); err == nil {
			return c.Text(lang, "documents.kilobytes", "n", web.Kilobytes(bytes))
		}
	case plain:
	}
	return v
}

// withNames puts names in the place of identifiers, and words in the place of
// keys, line by line.
func (p *Pages) withNames(lang string, rule fieldRule, v string, names map[string]string) string {
	lines := strings.Split(v, "\n")
	for i, l := range lines {
		words := strings.Fields(l)
		for j, w := range words {
			if name := names[w]; name != "" {
				words[j] = name
			} else if rule.words != "" {
				words[j] = p.word(lang, rule.words, w)
			}
		}
		lines[i] = strings.Join(words, " ")
	}
	return strings.Join(lines, "\n")
}

// word returns the catalogue's word for a key, or the key where it has none.
func (p *Pages) word(lang, begins, key string) string {
	if whole := begins + strings.ReplaceAll(key, ".", "-"); p.words.HasKey(lang, whole) {
		return p.words.Text(lang, whole)
	}
	return key
}

// grants puts words in the place of what a role may do, a line for each action:
// "cases.read office contact finance".
func (p *Pages) grants(lang, v string) string {
	lines := strings.Split(v, "\n")
	for i, l := range lines {
		parts := strings.Fields(l)
		if len(parts) < 2 {
			continue
		}
		line := p.word(lang, "people.action-", parts[0]) + ": " + p.word(lang, "people.reach-", parts[1])
		for _, class := range parts[2:] {
			line += ", " + p.word(lang, "people.class-", class)
		}
		lines[i] = line
	}
	return strings.Join(lines, "\n")
}
