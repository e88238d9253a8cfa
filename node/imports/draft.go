package imports

import (
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/internal/civil"
)

// problem is something wrong with a record, as quarantine and report have it.
type problem struct {
	code   adapters.Code
	field  string // of the target; "" for the whole record
	column string // of the source; "" where no single one is at fault
	raw    string // personal data: for the quarantine alone
	row    string // the whole row, with the first problem that holds it back
	held   bool   // the record is held back; else the field alone is left out
	// unmapped says that the mapping does not name the column: then its name is
	// content of the source and stays out of reports.
	unmapped bool
}

// state is what becomes of a row in one stream.
type state uint8

const (
	taken state = iota
	skipped
	quarantined
)

// draft is what one row makes in one stream, before anybody looked at what the
// node has. Values are text in the order of the target's fields: days as
// YYYY-MM-DD, codes and minor units as numbers, references as identifiers, ""
// for none.
type draft struct {
	stream   *stream
	row      *row
	state    state
	skip     string // reason, when skipped
	key      string
	content  string // the key that the record has by its content
	values   []string
	problems []problem
	unmapped []int // fields whose value was not in the codes and is reported
	refs     []refKey
	finds    []findKey
	parents  []parent
	alone    bool       // held back without what it belongs to
	link     string     // the client who was here before, "" for none
	fill     bool       // of that client, what is empty is filled
	alts     []string   // other keys of the record
	likely   []pair     // clients who may be the same person
	secret   []pair     // such clients whom who runs the import does not see
	beside   []string   // columns with words beside what a field took of them
	opened   civil.Date // of the case of the same row that this belongs to
}

// refKey is a reference to a record that another row makes.
type refKey struct {
	stream        *stream
	key           string
	field, column string
	at            int  // place of the field
	drop          bool // leave the field empty where nothing is there
}

// parent is a draft of the same row that this one refers to.
type parent struct {
	at    int // place among the drafts of the row
	field string
}

// hold marks the draft as held back.
func (d *draft) hold(p problem) {
	p.held = true
	d.state = quarantined
	d.problems = append(d.problems, p)
}

// warn notes a field that is left out.
func (d *draft) warn(p problem) { d.problems = append(d.problems, p) }

func (d *draft) leaveOut(reason string) { d.state, d.skip = skipped, reason }

// set sets a field by name.
func (d *draft) set(name, value string) { d.values[d.stream.to.index(name)] = value }

func (d *draft) get(name string) string { return d.values[d.stream.to.index(name)] }

// drafter makes drafts of the rows of one table for the streams of one pass.
type drafter struct {
	mapping *Mapping
	streams []*stream
	today   civil.Date
	id      func(s *stream, key string) string

	taken    map[string]bool // columns that fields take
	legacyOf *stream         // the stream whose records keep the other columns
	equal    map[[16]byte]uint32

	head  *adapters.Header
	other []int // places of the columns that no field takes

	instance string          // of the run
	mended   *mended         // the source, where its rows were mended; else nil
	children map[string]bool // that streams take; the others are kept whole
}

func newDrafter(m *Mapping, p pass, today civil.Date, id func(*stream, string) string) *drafter {
	children := map[string]bool{}
	for _, s := range m.streams {
		if s.table == p.table && len(s.path) > 0 {
			children[strings.Join(s.path, "/")] = true
		}
	}
	d := &drafter{
		children: children,
		mapping:  m, streams: p.streams, today: today, id: id,
		taken: m.columnsOf(p.table), equal: map[[16]byte]uint32{},
	}
	for _, name := range []string{toCase, toClient} {
		for _, s := range m.streams {
			if s.table == p.table && len(s.path) == 0 && s.to.name == name && d.legacyOf == nil {
				d.legacyOf = s
			}
		}
	}
	return d
}

// bind looks up the columns of a header once.
func (d *drafter) bind(h *adapters.Header) {
	if h == d.head {
		return
	}
	d.head, d.other = h, nil
	for i, name := range h.Names() {
		if !d.taken[name] {
			d.other = append(d.other, i)
		}
	}
}

// of makes the drafts of a record: one for each stream of its table, in their order,
// then one for each of its children and each stream of those.
func (d *drafter) of(rec *adapters.Record) []draft {
	all := make([]draft, 0, len(d.streams))
	top := &row{rec: rec}
	content := ""
	if d.mended != nil {
		content = d.mended.contentOf(rec.Loc, rec.Key)
	}
	if content == "" {
		content = d.mapping.keyed(d.instance, "", d.contentKey(rec))
	}
	if rec.Header != nil {
		d.bind(rec.Header)
	}
	below := map[string][]*row{}
	for _, s := range d.streams {
		if len(s.path) == 0 {
			all = append(all, draft{stream: s, row: top, key: content, content: content})
			d.fill(&all[len(all)-1], content, all[:len(all)-1])
			continue
		}
		rows, met := below[s.from]
		if !met {
			rows = top.below(s.path)
			below[s.from] = rows
		}
		for _, r := range rows {
			all = append(all, draft{stream: s, row: r, key: content, content: content})
			d.fill(&all[len(all)-1], r.place(content), all[:len(all)-1])
		}
	}
	withoutPartners(all)
	d.keepRest(all, top)
	return all
}

// place returns the key of a row that has none: that of its record, and its place
// in it.
func (r *row) place(content string) string {
	if r.up == nil {
		return content
	}
	return r.up.place(content) + r.suffix()
}

// contentKey tells a row by what it holds, and equal rows by their order.
func (d *drafter) contentKey(rec *adapters.Record) string {
	if rec.Skip != "" {
		return ""
	}
	short := [16]byte(rec.Hash[:16])
	d.equal[short]++
	return contentKey(short, d.equal[short])
}

func (d *drafter) fill(f *draft, content string, before []draft) {
	rec := f.row.rec
	if rec.Skip != "" {
		f.leaveOut(rec.Skip)
		return
	}
	if p := wholeProblem(rec); p != "" {
		f.hold(problem{code: p, raw: excerptOf(rec)})
		return
	}
	unread, fails := f.stream.when.judge(f.row)
	if fails != nil {
		f.leaveOut(fails.reason)
		return
	}
	f.values = make([]string, len(f.stream.to.fields))
	if !d.keyOf(f, content) {
		return
	}
	if top := f.row.top(); top.rec.Deleted {
		f.leaveOut(deletedAtSource)
		return
	}
	if unread != nil { // nobody knows whether the row is one
		f.hold(problemAt(unread.unread(f.row), "", unread.column, f.row.value(unread.column).Raw))
		return
	}
	d.sourceProblems(f, rec)
	for _, r := range f.stream.fields {
		d.apply(f, r, f.row, before)
	}
	if d.mapping.aggregate {
		f.coarse()
	}
	if f.stream.to.name == toAnswer {
		d.answer(f)
	}
	f.standards()
	if f.state == taken {
		finish(f)
	}
}

// deletedAtSource is why a record is left out that the source says is gone.
const deletedAtSource = "deleted_at_source"

// wholeProblem returns what is wrong with the row as a whole, if anything is.
func wholeProblem(rec *adapters.Record) adapters.Code {
	for _, p := range rec.Problems {
		if p.Column == "" {
			return p.Code
		}
	}
	return ""
}

// keyOf makes the key and reports whether there is one.
func (d *drafter) keyOf(f *draft, content string) bool {
	k := f.stream.key
	if len(k.columns) == 0 {
		f.key = content
		return true
	}
	key, problem := joinKey(f.row, k.columns, k.steps)
	switch {
	case problem.code != "":
		f.hold(problem)
	case key != "":
		f.key = d.mapping.keyed(d.instance, f.stream.name, key)
		if f.stream.byKey() && !d.mapping.aggregate {
			f.alts = f.row.rec.AltKeys
		}
		return true
	case k.content:
		f.key = content
		return true
	default:
		f.hold(problemAt(adapters.RequiredMissing, "", k.columns[0], ""))
	}
	return false
}

// keySeparator stands between the columns of a key.
const keySeparator = "\x1f"

// joinKey makes a key of columns; "" when all are empty.
func joinKey(r *row, columns []string, steps []function) (string, problem) {
	parts := make([]string, len(columns))
	filled := false
	for i, c := range columns {
		v := r.value(c)
		if code := r.problemOf(c); code == adapters.IDDestroyed || isNull(v) && code != "" {
			return "", problemAt(code, "", c, v.Raw)
		}
		if isNull(v) {
			continue
		}
		text, code := through(steps, strings.TrimSpace(asText(v)))
		if code != "" {
			return "", problemAt(code, "", c, v.Raw)
		}
		parts[i] = text
		filled = filled || text != ""
	}
	if !filled {
		return "", problem{}
	}
	return strings.Join(parts, keySeparator), problem{}
}

func through(steps []function, s string) (string, adapters.Code) {
	for _, f := range steps {
		var code adapters.Code
		if s, code = f(s); code != "" {
			return "", code
		}
	}
	return s, ""
}

func problemAt(code adapters.Code, field, column, raw string) problem {
	return problem{code: code, field: field, column: column, raw: raw}
}

// sourceProblems takes over what the source says of the columns that the stream
// uses, or, for the stream that keeps the rest, of those that nobody uses.
func (d *drafter) sourceProblems(f *draft, rec *adapters.Record) {
	for _, p := range rec.Problems {
		used := false
		for _, r := range f.stream.fields {
			if slices.Contains(r.columns, p.Column) {
				used = true
				f.warn(problemAt(p.Code, f.stream.to.fields[r.field].name, p.Column, rec.Value(p.Column).Raw))
			}
		}
		if !used && f.stream == d.legacyOf && !d.taken[p.Column] {
			stranger := problemAt(p.Code, "", p.Column, rec.Value(p.Column).Raw)
			stranger.unmapped = true
			f.warn(stranger)
		}
	}
}

// judge returns the first condition that a row fails, and the first of which nobody can tell.
func (c *condition) judge(r *row) (unread, fails *condition) {
	for ; c != nil; c = c.and {
		switch {
		case c.unread(r) != "":
			if unread == nil {
				unread = c
			}
		case !c.holds(r):
			return nil, c
		}
	}
	return unread, nil
}

// unread returns what the source says is wrong with the value by which a row is taken or
// left out, where the value cannot tell: a formula without its result is not an empty cell.
func (c *condition) unread(r *row) adapters.Code {
	code := r.problemOf(c.column)
	if (c.filled || c.empty) && !isNull(r.value(c.column)) {
		return ""
	}
	return code
}

// all reports whether a condition holds and those that must hold with it.
func (c *condition) all(r *row) bool {
	for ; c != nil; c = c.and {
		if !c.holds(r) {
			return false
		}
	}
	return true
}

// names reports whether a column is asked.
func (c *condition) names(column string) bool {
	for ; c != nil; c = c.and {
		if c.column == column {
			return true
		}
	}
	return false
}

func (c *condition) holds(r *row) bool {
	v := r.value(c.column)
	text := strings.TrimSpace(asText(v))
	switch {
	case c.filled:
		return !isNull(v)
	case c.empty:
		return isNull(v) || text == ""
	case c.in != nil:
		return !isNull(v) && slices.Contains(c.in, text)
	}
	return isNull(v) || !slices.Contains(c.not, text)
}

// keepRest puts the columns that no field took, and those whose value could not
// be used, into the record that keeps them: the case of the row, or where the row has
// none, its client.
func (d *drafter) keepRest(all []draft, top *row) {
	if !d.mapping.keep {
		return
	}
	if f := keeper(all); f != nil {
		f.set("legacy", legacyJSON(top.rec, d.other, dropped(all), d.children))
	}
}

// keeper returns the draft that keeps the rest of a row, nil for none. A case that is held
// back keeps its row in the quarantine, where few may read it; and a client of several rows
// would keep another one's rest each time.
func keeper(all []draft) *draft {
	cases := false
	for i := range all {
		f := &all[i]
		if f.stream.to.name != toCase || len(f.stream.path) > 0 {
			continue
		}
		if cases = true; f.state == taken {
			return f
		}
		if f.state == quarantined {
			return nil
		}
	}
	for i := range all {
		f := &all[i]
		if f.stream.to.name == toClient && len(f.stream.path) == 0 && f.state == taken && !(cases && f.stream.repeats) {
			return f
		}
	}
	return nil
}

// dropped lists the columns whose value a field could not use, or not whole.
func dropped(all []draft) []string {
	var columns []string
	for i := range all {
		if all[i].state == skipped {
			continue
		}
		for _, c := range all[i].beside {
			if !slices.Contains(columns, c) {
				columns = append(columns, c)
			}
		}
		for _, p := range all[i].problems {
			if p.column != "" && p.field != "" && !slices.Contains(columns, p.column) {
				columns = append(columns, p.column)
			}
		}
	}
	return columns
}
