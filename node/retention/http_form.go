package retention

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/errs"
	"casehub/internal/text"
	"casehub/internal/web"
)

// askForm is a client's wish to be erased, as somebody typed it.
type askForm struct {
	Client, Reference   string
	Case, AskedOn, Note string
	Problem             error

	cases []web.Option
	today civil.Date
}

// LogValue lets a log show the identifier of the client and nothing else.
func (f askForm) LogValue() slog.Value { return slog.StringValue(f.Client) }

// Format writes the identifier of the client, whatever the verb.
func (f askForm) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, f.Client) }

// Fields returns the inputs of the form.
func (f askForm) Fields() []web.Field {
	return []web.Field{
		{Form: "erasure", Name: "case", Label: "retention.what", Choose: "retention.everything", Options: []web.OptionGroup{{Options: f.cases}}, Problem: f.Problem},
		{Form: "erasure", Name: "asked_on", Label: "retention.asked-on", Type: "date", Value: f.AskedOn, Max: string(f.today), Problem: f.Problem},
		{Form: "erasure", Name: "note", Label: "retention.note", Hint: "retention.note-hint", Value: f.Note, Lines: 2, Limit: noteLimit, Full: true, Problem: f.Problem},
	}
}

func readAskForm(r *http.Request) askForm {
	value := func(name string) string { return text.Clean(r.PostFormValue(name)) }
	return askForm{Case: value("case"), AskedOn: value("asked_on"), Note: value("note")}
}

func (f askForm) request(client string) Request {
	return Request{ClientID: client, CaseID: f.Case, AskedOn: civil.Date(f.AskedOn), Note: f.Note}
}

// openForm is a reason to look at a restricted client, as somebody typed it.
type openForm struct {
	Client, Why string
	Problem     error

	lines []Restricted
}

// LogValue lets a log show the identifier of the client and nothing else.
func (f openForm) LogValue() slog.Value { return slog.StringValue(f.Client) }

// Format writes the identifier of the client, whatever the verb.
func (f openForm) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, f.Client) }

// Fields returns the inputs of the form.
func (f openForm) Fields() []web.Field {
	var g web.OptionGroup
	for _, l := range f.lines {
		g.Options = append(g.Options, web.Option{Value: l.ID, Label: l.Reference, Chosen: l.ID == f.Client})
	}
	return []web.Field{
		{Form: "open", Name: "client", Label: "retention.client", Options: []web.OptionGroup{g}, Problem: f.Problem},
		{Form: "open", Name: "why", Label: "retention.why", Hint: "retention.why-hint", Value: f.Why, Lines: 2, Limit: whyLimit, Required: true, Full: true, Problem: f.Problem},
	}
}

func readOpenForm(r *http.Request) openForm {
	return openForm{Client: text.Clean(r.PostFormValue("client")), Why: text.Clean(r.PostFormValue("why"))}
}

// rulesForm is how long what is kept, as somebody typed it.
type rulesForm struct {
	Tabs    web.Tabs
	Manages bool
	Groups  []ruleGroup
	// Idle is the rule for clients without a case.
	Idle    ruleLine
	Problem error
}

// ruleGroup is a category with its types.
type ruleGroup struct {
	Label string
	Lines []ruleLine // the category first
}

// ruleLine is one rule. Years is what counts, Set what was set for this code, ""
// for nothing.
type ruleLine struct {
	Code   codelist.Code
	Label  string
	Years  int
	Set    string
	Least  int
	Leaf   bool
	Faulty error
}

// Name returns the name of the input.
func (l ruleLine) Name() string { return "years_" + strconv.FormatUint(uint64(l.Code), 10) }

// form lays the rules out.
func (r Rules) form(lang string) rulesForm {
	f := rulesForm{Tabs: tabs("/retention/rules"), Idle: r.line(0, "")}
	for _, c := range r.reg.List(codelist.CaseTypes).Categories {
		g := ruleGroup{Label: c.In(lang), Lines: []ruleLine{r.line(c.Code, c.In(lang))}}
		for _, l := range c.Leaves {
			line := r.line(l.Code, l.In(lang))
			line.Leaf = true
			g.Lines = append(g.Lines, line)
		}
		f.Groups = append(f.Groups, g)
	}
	return f
}

func (r Rules) line(code codelist.Code, label string) ruleLine {
	l := ruleLine{Code: code, Label: label, Years: r.Years(code), Least: Floor(code)}
	if n, ok := r.set[code]; ok {
		l.Set = strconv.Itoa(n)
	}
	return l
}

// rules answers GET /retention/rules.
func (p *Pages) rules(w http.ResponseWriter, r *http.Request) error {
	rules, err := p.retention.Rules(r.Context())
	if err != nil {
		return err
	}
	f := rules.form(web.Language(r))
	if f.Manages, err = p.may(r, "retention.manage"); err != nil {
		return err
	}
	return p.Page(w, r, http.StatusOK, "retention-rules", f)
}

// setRules answers POST /retention/rules: it saves what differs, up to the first
// rule that does not hold.
func (p *Pages) setRules(w http.ResponseWriter, r *http.Request) error {
	rules, err := p.retention.Rules(r.Context())
	if err != nil {
		return err
	}
	f := rules.form(web.Language(r))
	f.Manages = true
	for _, l := range f.lines() {
		typed := text.Clean(r.PostFormValue(l.Name()))
		if typed == l.Set {
			continue
		}
		l.Set = typed
		err := p.retention.SetRule(r.Context(), web.Actor(r), l.Code, readYears(typed))
		if errs.KindOf(err) == errs.Invalid {
			l.Faulty, f.Problem = err, err
			continue
		}
		if err != nil {
			return err
		}
	}
	if f.Problem != nil {
		return p.Page(w, r, http.StatusUnprocessableEntity, "retention-rules", f)
	}
	web.Say(w, r, "retention.said-rules")
	return web.GoTo(w, r, "/retention/rules")
}

// lines are all rules of the form.
func (f *rulesForm) lines() []*ruleLine {
	all := []*ruleLine{&f.Idle}
	for i := range f.Groups {
		for j := range f.Groups[i].Lines {
			all = append(all, &f.Groups[i].Lines[j])
		}
	}
	return all
}

// readYears reads a number of years: 0 for nothing typed, -1 for what is none.
func readYears(s string) int {
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n == 0 {
		return -1
	}
	return n
}
