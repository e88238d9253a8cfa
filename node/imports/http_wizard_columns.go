package imports

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/internal/currency"
	"casehub/internal/errs"
	"casehub/internal/text"
	"casehub/internal/web"
)

// pointing is the data of the step on which columns are pointed to fields.
type pointing struct {
	frame
	Tables []pointedTable
	Open   []Undecided
	// Lost are columns that something was decided of, and that this file does not have.
	Lost  []lack
	Asked bool // the form was sent, so that what is missing is told
	About []web.Field
}

// pointedTable is a table on that page.
type pointedTable struct {
	At      int
	Name    string
	Columns []pointedColumn
	Keys    web.Field
	Clients web.Field
	Missing []web.Field
	// References are records that no column points to.
	References []lack
	// Nameless is asked where clients have no name, and Twice lists fields that two
	// columns were pointed to.
	Asks     bool
	Nameless bool
	Twice    []string
	Beyond   int // columns that are too many to be pointed to
}

// pointedColumn is a column with what it may become.
type pointedColumn struct {
	Name, Label string
	ID          string
	Samples     []string
	Filled      int64
	Why         string // of the guess, as the end of a key; "" for none
	Days        string // how its days are read, as the end of a key; "" for as they stand
	Options     []web.OptionGroup
}

// tablesOf reads the tables that a draft uses, by their place.
func (p *WizardPages) tablesOf(r *http.Request, d Preparation) (map[int]Table, error) {
	cat, err := p.z.Catalog(r.Context(), d)
	if err != nil {
		return nil, err
	}
	all := map[int]Table{}
	for i, t := range d.Choices.Tables {
		if !t.Use {
			continue
		}
		if all[i], err = p.z.Table(r.Context(), d, d.nameAt(i, cat)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// guessed returns the choices with a guess for every column that nobody decided on.
func (p *WizardPages) guessed(d Preparation, tables map[int]Table) Preparation {
	d.Choices.Tables = slices.Clone(d.Choices.Tables)
	for i, t := range tables {
		c := &d.Choices.Tables[i]
		guesses := Guesses(t, p.z.svc.reg)
		fresh := c.Columns == nil
		columns := map[string]string{}
		c.Order = nil
		for _, f := range t.Fields[:min(len(t.Fields), WidestTable)] {
			c.Order = append(c.Order, f.Name)
			switch v, ok := c.Columns[f.Name]; {
			case ok:
				columns[f.Name] = v
			case guesses[f.Name].Choice != "":
				columns[f.Name] = guesses[f.Name].Choice
			default:
				columns[f.Name] = Keep
			}
			if fresh && f.Key && c.Key == "" {
				c.Key = f.Name
			}
		}
		if fresh && t.Keyed && !slices.Contains(withTables, d.Kind) {
			c.Key = OwnKey
		}
		c.Columns, c.Days = columns, map[string]dayWay{}
		for column, facts := range t.Days {
			if way := facts.way(); way.rule(column) != "" {
				c.Days[column] = way
			}
		}
	}
	if zone := p.z.svc.now().Location().String(); zone != "Local" {
		d.Choices.Timezone = zone
	}
	if d.Choices.Instance == "" {
		d.Choices.Instance = instanceOf(d.Title)
	}
	if d.Choices.DateOrder == "" {
		var all []Sampled
		for _, t := range tables {
			all = append(all, Sampled{Stream: t.Stream})
		}
		if o := orderOf(all); o != todo {
			d.Choices.DateOrder = o
		}
	}
	if d.Choices.Currency == "" {
		d.Choices.Currency = p.currency
	}
	return d
}

// columns answers GET /imports/drafts/{id}/columns.
func (p *WizardPages) columns(w http.ResponseWriter, r *http.Request) error {
	d, err := p.draft(r)
	if err != nil {
		return err
	}
	return p.showColumns(w, r, http.StatusOK, d, false, nil)
}

// showColumns answers with the step; asked tells what is missing.
func (p *WizardPages) showColumns(w http.ResponseWriter, r *http.Request, status int, d Preparation, asked bool, problem error) error {
	if !d.Pointed() || len(d.Choices.Tables) == 0 {
		return web.GoTo(w, r, d.path(StepPreview))
	}
	tables, err := p.tablesOf(r, d)
	if err != nil {
		return p.broken(w, r, d, StepColumns, err)
	}
	fresh := slices.ContainsFunc(d.Choices.Tables, func(t TableChoice) bool { return t.Use && t.Columns == nil })
	lost := d.Choices.lost(tables)
	d = p.guessed(d, tables)
	v := pointing{frame: p.frame(d, StepColumns), Lost: lost, Asked: asked || !fresh}
	v.Problem, v.Conflict = problem, errors.Is(problem, ErrDraftChanged)
	v.Open = d.Choices.openColumns()
	lang := web.Language(r)
	for i, t := range d.Choices.Tables {
		if t.Use {
			v.Tables = append(v.Tables, p.pointedTable(d, i, tables[i], v.Open, lang))
		}
	}
	v.About = p.about(d.Choices, v.Open, v.Asked)
	if v.Asked {
		v.Lacks = v.lacks(d.Choices)
	}
	return p.Page(w, r, status, "wizard-columns", v)
}

func (p *WizardPages) pointedTable(d Preparation, at int, t Table, open []Undecided, lang string) pointedTable {
	c := d.Choices.Tables[at]
	v := pointedTable{At: at, Name: c.Name, Nameless: c.Nameless, Beyond: max(0, len(t.Fields)-WidestTable)}
	if len(d.Choices.Tables) == 1 {
		v.Name = ""
	}
	guesses := Guesses(t, p.z.svc.reg)
	form := "t" + strconv.Itoa(at)
	say := func(key string) string { return p.words.Text(lang, key) }
	for i, f := range t.Fields[:min(len(t.Fields), WidestTable)] {
		pc := pointedColumn{Name: f.Name, ID: form + "-c" + strconv.Itoa(i), Samples: t.Samples[f.Name], Filled: f.Filled}
		if f.Label != f.Name {
			pc.Label = f.Label
		}
		if g := guesses[f.Name]; g.Choice != "" && g.Choice == c.Columns[f.Name] {
			pc.Why = g.Why
		}
		switch way := c.Days[f.Name]; {
		case fieldOf(c.Columns[f.Name]) == nil || fieldOf(c.Columns[f.Name]).kind != asDay:
		case way.Numbers != "":
			pc.Days = strings.ReplaceAll(string(way.Numbers), "_", "-")
		case len(way.None) > 0:
			pc.Days = "none"
		}
		pc.Options = c.options(d.Choices, at, c.Columns[f.Name], say)
		v.Columns = append(v.Columns, pc)
	}
	v.Keys = c.keys(form, t)
	v.Clients = c.clientKeys(form)
	for _, u := range open {
		switch choice, twice := strings.CutPrefix(u.Field, openTwice+":"); {
		case u.Table != at:
		case twice:
			v.Twice = append(v.Twice, labelOf(choice))
		case u.Field == openName:
			v.Asks = true
		case fieldOf(choice).kind == asReference:
			v.References = append(v.References, lack{At: missingID(form, choice), Label: needLabel(choice)})
		default:
			v.Missing = append(v.Missing, p.missing(form, c, choice, lang, true))
		}
	}
	v.Asks = v.Asks || c.Nameless
	for choice := range c.sortedFixed() {
		if !slices.ContainsFunc(open, func(u Undecided) bool { return u.Table == at && u.Field == choice }) {
			v.Missing = append(v.Missing, p.missing(form, c, choice, lang, false))
		}
	}
	return v
}

// missingID is the id of where a field is given that no column was pointed to.
func missingID(form, choice string) string {
	return web.Field{Form: form, Name: form + "-fix-" + choice}.ID()
}

// lacks lists what is missing on the page, each with the input where it is given.
func (v pointing) lacks(c Choices) []lack {
	ofWhole := map[string]lack{
		openNothing: {At: "t" + strconv.Itoa(v.Tables[0].At) + "-c0", Label: "wizard.nothing"}, openInstance: {At: "about-instance", Label: "wizard.instance"},
		openDates: {At: "about-date_order", Label: "wizard.date-order"}, openAmounts: {At: "about-decimal", Label: "wizard.decimal"},
	}
	if c.Currency == "" {
		ofWhole[openAmounts] = lack{At: "about-currency", Label: "wizard.currency"}
	}
	var all []lack
	for _, u := range v.Open {
		if u.Table < 0 {
			all = append(all, ofWhole[u.Field])
			continue
		}
		t, form := c.Tables[u.Table], "t"+strconv.Itoa(u.Table)
		l := lack{At: missingID(form, u.Field), Label: needLabel(u.Field)}
		if choice, twice := strings.CutPrefix(u.Field, openTwice+":"); twice {
			l = lack{At: form + "-c" + strconv.Itoa(t.last(choice)), Label: labelOf(choice)}
		} else if u.Field == openName {
			l = lack{At: form + "-nameless", Label: "wizard.name-of-client"}
		}
		if len(c.Tables) > 1 {
			l.Of = t.Name
		}
		all = append(all, l)
	}
	return all
}

// lost lists the columns that something was decided of and that the file does not have: it is
// another one than it was.
func (c Choices) lost(tables map[int]Table) []lack {
	var all []lack
	for i, t := range c.Tables {
		from, use := tables[i]
		if !use {
			continue
		}
		gone := func(column string) bool {
			return column != "" && column != OwnKey && !slices.ContainsFunc(from.Fields, func(f adapters.Field) bool { return f.Name == column })
		}
		for _, column := range t.Order {
			if f := fieldOf(t.Columns[column]); gone(column) && (f != nil || t.Columns[column] == comma) {
				all = append(all, lack{Of: column, Label: needLabel(t.Columns[column])})
			}
		}
		if gone(t.Key) {
			all = append(all, lack{Of: t.Key, Label: "wizard.key"})
		}
		if gone(t.Client) {
			all = append(all, lack{Of: t.Client, Label: "wizard.client-key"})
		}
	}
	return all
}

// last returns the place of the last column that was pointed to a field.
func (t TableChoice) last(choice string) int {
	for i, c := range slices.Backward(t.Order) {
		if target, name, _ := cutChoice(t.Columns[c]); target+"."+name == choice {
			return i
		}
	}
	return 0
}

// sortedFixed gives the fields that were filled by hand, in order.
func (t TableChoice) sortedFixed() func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for _, target := range t.makes() {
			for _, f := range targetNamed(target).fields {
				if choice := target + "." + f.name; t.Fixed[choice] != "" && !yield(choice) {
					return
				}
			}
		}
	}
}

// labelOf returns the key of what a field is called.
func labelOf(choice string) string {
	target, name, _ := cutChoice(choice)
	return "wizard.field-" + strings.ReplaceAll(target+"-"+name, "_", "-")
}

// needLabel is labelOf, and of a case that a row belongs to what a column can be chosen to
// be in any file.
func needLabel(choice string) string {
	if f := fieldOf(choice); f != nil && f.kind == asReference && f.target == toCase {
		return labelOf(choice) + "-find"
	}
	return labelOf(choice)
}

// options are what a column can become, under the records that they belong to.
func (t TableChoice) options(c Choices, at int, chosen string, say func(string) string) []web.OptionGroup {
	option := func(value, key string) web.Option {
		return web.Option{Value: value, Key: key, Chosen: value == chosen}
	}
	all := []web.OptionGroup{{Options: []web.Option{option(Keep, "wizard.keep"), option(LeaveOut, "wizard.leave-out")}}}
	for _, target := range pointed {
		g := web.OptionGroup{Label: say("wizard.to-" + strings.ReplaceAll(target, "_", "-"))}
		for _, f := range targetNamed(target).fields {
			choice := target + "." + f.name
			switch {
			case f.kind == asDerived:
			case f.kind == asReference:
				for i, other := range c.Tables {
					if i != at && other.Use && slices.Contains(other.makes(), f.target) {
						value := choice + "@" + strconv.Itoa(i)
						g.Options = append(g.Options, web.Option{Value: value, Label: say(labelOf(choice)) + " " + other.Name, Chosen: chosen == value})
					}
				}
				if f.target == toCase {
					g.Options = append(g.Options, option(choice+"@find", labelOf(choice)+"-find"))
				}
			default:
				g.Options = append(g.Options, option(choice, labelOf(choice)))
			}
		}
		if target == toClient {
			g.Options = slices.Insert(g.Options, 0, option(comma, labelOf(comma)))
		}
		all = append(all, g)
	}
	return all
}

// keys is the input for the column that tells rows apart.
func (t TableChoice) keys(form string, from Table) web.Field {
	f := web.Field{Form: form, Name: form + "-key", Label: "wizard.key", Hint: "wizard.key-hint", Choose: "wizard.key-content"}
	var own, other web.OptionGroup
	if from.Keyed {
		own.Options = append(own.Options, web.Option{Value: OwnKey, Key: "wizard.key-own", Chosen: t.Key == OwnKey})
	}
	for _, c := range from.Fields[:min(len(from.Fields), WidestTable)] {
		o := web.Option{Value: c.Name, Label: c.Name, Chosen: t.Key == c.Name}
		if c.Key {
			o.Label += " ✓"
			own.Options = append(own.Options, o)
		} else {
			other.Options = append(other.Options, o)
		}
	}
	f.Options = []web.OptionGroup{{Options: append(own.Options, other.Options...)}}
	return f
}

// clientKeys is the input for the column that tells clients apart.
func (t TableChoice) clientKeys(form string) web.Field {
	f := web.Field{Form: form, Name: form + "-client", Label: "wizard.client-key", Hint: "wizard.client-key-hint", Choose: "wizard.client-key-row"}
	f.Options = choose(t.Client, "", t.Order...)
	return f
}

// missing is the input for a field that no column was pointed to.
func (p *WizardPages) missing(form string, t TableChoice, choice, lang string, wrong bool) web.Field {
	f := web.Field{Form: form, Name: form + "-fix-" + choice, Label: labelOf(choice), Choose: "wizard.choose-source"}
	if wrong {
		f.Problem = errFixed.On(f.Name)
	}
	fl := fieldOf(choice)
	if fl.kind == asCode {
		if l := p.z.svc.reg.List(fl.list); l != nil {
			f.Options = append(f.Options, valueGroups(web.Codes(l, lang, web.ReadCode(t.fixedOf(choice))))...)
		}
	}
	columns := web.OptionGroup{Label: p.words.Text(lang, "wizard.columns-of")}
	for _, c := range t.Order {
		columns.Options = append(columns.Options, web.Option{Value: c, Label: c, Chosen: t.Fixed[choice] == c})
	}
	f.Options = append(f.Options, columns)
	return f
}

// valueGroups marks options as values for all rows.
func valueGroups(groups []web.OptionGroup) []web.OptionGroup {
	for i := range groups {
		for k := range groups[i].Options {
			groups[i].Options[k].Value = "=" + groups[i].Options[k].Value
		}
	}
	return groups
}

var (
	errFixed    = errs.New(errs.Invalid, "wizard.field-missing")
	errOpen     = errs.New(errs.Invalid, "wizard.columns-open")
	errInstance = errs.New(errs.Invalid, "wizard.instance-wrong").On("instance")
	errDates    = errs.New(errs.Invalid, "wizard.dates-missing").On("date_order")
	errAmounts  = errs.New(errs.Invalid, "wizard.amounts-missing").On("decimal")
)

// about are the inputs of what holds for the whole source.
func (p *WizardPages) about(c Choices, open []Undecided, asked bool) []web.Field {
	var wrong error
	for _, u := range open {
		if asked {
			wrong = errors.Join(wrong, map[string]error{openInstance: errInstance, openDates: errDates, openAmounts: errAmounts}[u.Field])
		}
	}
	return []web.Field{
		{Form: "about", Name: "instance", Label: "wizard.instance", Hint: "wizard.instance-hint", Value: c.Instance, Limit: 60, Problem: wrong},
		{Form: "about", Name: "date_order", Label: "wizard.date-order", Hint: "wizard.date-order-hint", Choose: "wizard.choose-order", Options: choose(c.DateOrder, "wizard.order-", string(dayFirst), string(monFirst), string(yrFirst)), Problem: wrong},
		{Form: "about", Name: "currency", Label: "wizard.currency", Hint: "wizard.currency-hint", Value: c.Currency, Limit: 3, Problem: wrong},
		{Form: "about", Name: "decimal", Label: "wizard.decimal", Hint: "wizard.decimal-hint", Choose: "wizard.choose-decimal", Options: choose(c.Decimal, "wizard.decimal-", "comma", "point"), Problem: wrong},
	}
}

// saveColumns answers POST /imports/drafts/{id}/columns.
func (p *WizardPages) saveColumns(w http.ResponseWriter, r *http.Request) error {
	d, err := p.draft(r)
	if err != nil {
		return err
	}
	if !d.Pointed() || len(d.Choices.Tables) == 0 {
		return web.GoTo(w, r, d.path(StepPreview))
	}
	tables, err := p.tablesOf(r, d)
	if err != nil {
		return p.broken(w, r, d, StepColumns, err)
	}
	now := d.Version
	d = at(p.guessed(d, tables), version(r))
	d.Choices.readColumns(r, tables)
	open := len(d.Choices.openColumns()) > 0
	to := StepCodes
	if open || r.PostFormValue("go") == "stay" {
		to = StepColumns
	}
	saved, err := p.z.save(r.Context(), d, to)
	switch {
	case errors.Is(err, ErrDraftChanged):
		return p.showColumns(w, r, http.StatusConflict, at(d, now), true, err)
	case err != nil:
		return err
	case open:
		return p.showColumns(w, r, http.StatusUnprocessableEntity, saved, true, errOpen)
	}
	return web.GoTo(w, r, saved.path(to))
}

// readColumns takes what a form says of the columns.
func (c *Choices) readColumns(r *http.Request, tables map[int]Table) {
	c.Revision++
	for i, t := range tables {
		one, form := &c.Tables[i], "t"+strconv.Itoa(i)
		columns := map[string]string{}
		for k, f := range t.Fields[:min(len(t.Fields), WidestTable)] {
			columns[f.Name] = Keep
			if v := r.PostFormValue(form + "-c" + strconv.Itoa(k)); v == LeaveOut || v == comma || fieldOf(v) != nil {
				columns[f.Name] = v
			}
		}
		one.Columns = columns
		one.Key = among(r.PostFormValue(form+"-key"), one.Order, OwnKey)
		one.Client = among(r.PostFormValue(form+"-client"), one.Order)
		one.Nameless = r.PostFormValue(form+"-nameless") != ""
		one.Fixed = map[string]string{}
		for name, values := range r.PostForm {
			choice, ok := strings.CutPrefix(name, form+"-fix-")
			if f := fieldOf(choice); ok && f != nil && len(values) > 0 && values[0] != "" {
				one.Fixed[choice] = values[0]
			}
		}
	}
	c.Instance = draftNameOr(r.PostFormValue("instance"))
	c.DateOrder = among(r.PostFormValue("date_order"), []string{string(dayFirst), string(monFirst), string(yrFirst)})
	c.Decimal = among(r.PostFormValue("decimal"), []string{"comma", "point"})
	if c.Currency = strings.ToUpper(text.Clean(r.PostFormValue("currency"))); !currency.Valid(c.Currency) {
		c.Currency = ""
	}
}

// among returns a value that is one of some, else "".
func among(v string, all []string, more ...string) string {
	if slices.Contains(all, v) || slices.Contains(more, v) {
		return v
	}
	return ""
}

// draftNameOr makes a name of a source out of what was typed, "" of nothing.
func draftNameOr(s string) string {
	if s = text.Clean(s); s == "" {
		return ""
	}
	return draftName(s)
}
