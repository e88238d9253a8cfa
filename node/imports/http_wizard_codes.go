package imports

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"casehub/internal/errs"
	"casehub/internal/web"
)

// deciding is the data of the step on which words get their codes.
type deciding struct {
	frame
	Lists []wordList
}

// wordList is the words of one column.
type wordList struct {
	Choice string // "target.field"
	Label  string
	Column string
	ID     string
	Words  []decidedWord
	More   int
	Empty  int64
	Others web.Field
	// Blank is the input for what an empty column means; without options none is asked.
	Blank web.Field
	Wrong bool
}

// decidedWord is a word with what it was decided to mean.
type decidedWord struct {
	Counted
	ID      string
	Options []web.OptionGroup
	Guessed bool
	Open    bool // nobody said
}

// codes answers GET /imports/drafts/{id}/codes.
func (p *WizardPages) codes(w http.ResponseWriter, r *http.Request) error {
	d, err := p.draft(r)
	if err != nil {
		return err
	}
	return p.showCodes(w, r, http.StatusOK, d, nil)
}

// wordsOf counts the words of every column that has codes, by table and column.
func (p *WizardPages) wordsOf(r *http.Request, d Preparation) (map[int]map[string]WordList, error) {
	cat, err := p.z.Catalog(r.Context(), d)
	if err != nil {
		return nil, err
	}
	all := map[int]map[string]WordList{}
	for i, t := range d.Choices.Tables {
		if !t.Use {
			continue
		}
		var columns []string
		for _, choice := range t.wordy() {
			if c, _ := t.columnOf(choice); !slices.Contains(columns, c) {
				columns = append(columns, c)
			}
		}
		if len(columns) == 0 {
			continue
		}
		if all[i], err = p.z.WordsIn(r.Context(), d, d.nameAt(i, cat), columns); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// showCodes answers with the step.
func (p *WizardPages) showCodes(w http.ResponseWriter, r *http.Request, status int, d Preparation, problem error) error {
	if !d.Pointed() || len(d.Choices.openColumns()) > 0 {
		return web.GoTo(w, r, d.path(StepPreview))
	}
	words, err := p.wordsOf(r, d)
	if err != nil {
		return p.broken(w, r, d, StepCodes, err)
	}
	v := deciding{frame: p.frame(d, StepCodes)}
	v.Problem, v.Conflict = problem, errors.Is(problem, ErrDraftChanged)
	for i, t := range d.Choices.Tables {
		if !t.Use {
			continue
		}
		for n, choice := range t.wordy() {
			column, _ := t.columnOf(choice)
			l := p.wordList(t, choice, words[i][column], "w"+strconv.Itoa(i)+"-"+strconv.Itoa(n), web.Language(r), problem != nil)
			v.Lists, v.Lacks = append(v.Lists, l), append(v.Lacks, l.lacks()...)
		}
	}
	return p.Page(w, r, status, "wizard-codes", v)
}

// What can become of a word beside a value.
const (
	wordOthers = "others"
	wordNone   = "none"
)

func (p *WizardPages) wordList(t TableChoice, choice string, words WordList, id, lang string, asked bool) wordList {
	column, _ := t.columnOf(choice)
	f := fieldOf(choice)
	now := t.Codes[choice]
	if now.Column != column {
		now = CodeChoice{}
	}
	l := wordList{Choice: choice, Label: labelOf(choice), Column: column, ID: id, More: words.More, Empty: words.Empty}
	for i, w := range words.Words {
		d := decidedWord{Counted: w, ID: id + "-" + strconv.Itoa(i)}
		chosen, said := now.Words[w.Word]
		switch {
		case said && chosen == "":
			chosen = wordNone
		case !said && now.Others != "":
			chosen = wordOthers
		case !said:
			chosen = guessWord(*f, w.Word, p.z.svc.reg)
			d.Guessed = chosen != ""
		}
		d.Open = asked && chosen == ""
		l.Wrong = l.Wrong || d.Open
		d.Options = p.meanings(*f, chosen, lang)
		l.Words = append(l.Words, d)
	}
	others := []string{unknownQuarantine, unknownReport}
	l.Others = web.Field{Form: id, Name: id + "-others", Label: "wizard.others", Hint: "wizard.others-hint", Options: choose(now.Others, "wizard.others-", others[:1]...)}
	if !f.required {
		l.Others.Options = choose(now.Others, "wizard.others-", others...)
	}
	if f.kind == asCode && words.Empty > 0 && (f.required || f.name == "outcome") {
		l.Blank = web.Field{Form: id, Name: id + "-empty", Label: "wizard.empty", Choose: "wizard.empty-none", Options: p.meanings(*f, now.Empty, lang)[1:]}
	}
	return l
}

// lacks lists the words that nobody decided on, where that was asked.
func (l wordList) lacks() []lack {
	var all []lack
	for _, w := range l.Words {
		if w.Open {
			all = append(all, lack{At: w.ID, Of: w.Word, Label: l.Label})
		}
	}
	return all
}

// wordKeys are the keys of the words of a field, without the word.
var wordKeys = map[string]string{
	"sex": "clients.sex-", "contact_safety": "clients.contact-safety-", "progress": "complaints.progress-", "outcome": "complaints.outcome-",
	"cost": "surveys.opinion-", "pace": "surveys.opinion-", "attention": "surveys.opinion-", "lawyers": "surveys.lawyers-",
}

// meanings are what a word can mean: first what is no value, then the values.
func (p *WizardPages) meanings(f field, chosen, lang string) []web.OptionGroup {
	first := web.OptionGroup{Options: []web.Option{{Value: wordOthers, Key: "wizard.word-others", Chosen: chosen == wordOthers}}}
	if !f.required {
		first.Options = append(first.Options, web.Option{Value: wordNone, Key: "wizard.word-none", Chosen: chosen == wordNone})
	}
	all := []web.OptionGroup{first}
	if f.kind == asCode {
		if l := p.z.svc.reg.List(f.list); l != nil {
			all = append(all, web.Codes(l, lang, web.ReadCode(chosen))...)
		}
		return all
	}
	g := web.OptionGroup{}
	for _, v := range f.words {
		g.Options = append(g.Options, web.Option{Value: v, Key: wordKeys[f.name] + v, Chosen: v == chosen})
	}
	return append(all, g)
}

// errWords reports words that nobody decided on.
var errWords = errs.New(errs.Invalid, "wizard.words-open")

// saveCodes answers POST /imports/drafts/{id}/codes.
func (p *WizardPages) saveCodes(w http.ResponseWriter, r *http.Request) error {
	d, err := p.draft(r)
	if err != nil {
		return err
	}
	if !d.Pointed() || len(d.Choices.openColumns()) > 0 {
		return web.GoTo(w, r, d.path(StepPreview))
	}
	words, err := p.wordsOf(r, d)
	if err != nil {
		return p.broken(w, r, d, StepCodes, err)
	}
	now := d.Version
	d = at(d, version(r))
	complete := d.Choices.readCodes(r, words, p.z.svc)
	to := StepTry
	if !complete || r.PostFormValue("go") == "stay" {
		to = StepCodes
	}
	saved, err := p.z.save(r.Context(), d, to)
	switch {
	case errors.Is(err, ErrDraftChanged):
		return p.showCodes(w, r, http.StatusConflict, at(d, now), err)
	case err != nil:
		return err
	case !complete:
		return p.showCodes(w, r, http.StatusUnprocessableEntity, saved, errWords)
	}
	return web.GoTo(w, r, saved.path(to))
}

// readCodes takes what a form says of words, and reports whether every one was
// decided on.
func (c *Choices) readCodes(r *http.Request, words map[int]map[string]WordList, s *Service) bool {
	c.Revision++
	c.Tables = slices.Clone(c.Tables)
	complete := true
	for i := range c.Tables {
		t := &c.Tables[i]
		if !t.Use {
			continue
		}
		codes := map[string]CodeChoice{}
		for n, choice := range t.wordy() {
			column, _ := t.columnOf(choice)
			id := "w" + strconv.Itoa(i) + "-" + strconv.Itoa(n)
			one, all := readWords(r, id, column, fieldOf(choice), words[i][column], s)
			complete = complete && all
			codes[choice] = one
		}
		t.Codes = codes
	}
	return complete
}

// readWords takes what a form says of the words of one column.
func readWords(r *http.Request, id, column string, f *field, words WordList, s *Service) (CodeChoice, bool) {
	one := CodeChoice{Column: column, Words: map[string]string{}, Others: unknownQuarantine}
	if r.PostFormValue(id+"-others") == unknownReport && !f.required {
		one.Others = unknownReport
	}
	if v := r.PostFormValue(id + "-empty"); f.holds(s.reg, v) {
		one.Empty = v
	}
	complete := true
	for i, w := range words.Words {
		switch v := r.PostFormValue(id + "-" + strconv.Itoa(i)); {
		case v == wordOthers:
		case v == wordNone && !f.required:
			one.Words[w.Word] = ""
		case v != "" && f.holds(s.reg, v):
			one.Words[w.Word] = v
		default:
			complete = false
		}
	}
	if !complete {
		one.Others = ""
	}
	return one, complete
}
