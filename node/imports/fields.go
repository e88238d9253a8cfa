package imports

import (
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"

	"casehub/adapters"
	"casehub/internal/civil"
	"casehub/internal/errs"
	"casehub/internal/text"
	"casehub/node/clients"
)

// apply fills one field of a draft from a row.
func (d *drafter) apply(f *draft, r *rule, rec *row, before []draft) {
	fl := &f.stream.to.fields[r.field]
	if r.ref != nil {
		d.refer(f, r, rec, before)
		return
	}
	value, column, code := "", "", adapters.Code("")
	if len(r.columns) > 0 {
		value, column, code = d.read(f, r, fl, rec)
	}
	if code != "" {
		raw := asText(rec.value(column))
		switch p := problemAt(code, fl.name, column, raw); {
		case r.onError == "quarantine":
			f.hold(p)
		case code != rec.problemOf(column): // which is told already
			f.warn(p)
		}
		value = ""
	}
	if r.phones && code == "" {
		f.beside = append(f.beside, spoken(r.columns, rec, value)...)
	}
	if value == "" {
		value = r.constant + r.fallback
	}
	if value == "" && r.required && code == "" {
		f.hold(problemAt(adapters.RequiredMissing, fl.name, column, ""))
	}
	f.values[r.field] = value
}

// read turns the columns of a rule into the value of a field: of several, text
// is joined, and of anything else the first that is filled counts.
func (d *drafter) read(f *draft, r *rule, fl *field, rec *row) (value, column string, code adapters.Code) {
	if len(r.columns) > 1 && !r.first && (fl.kind == asLine || fl.kind == asLines) {
		return d.joined(r, rec)
	}
	column = firstFilled(r.columns, rec)
	v := rec.value(column)
	if isNull(v) {
		return "", column, ""
	}
	if rec.problemOf(column) == adapters.IDDestroyed { // what stands there is another number
		return "", column, adapters.IDDestroyed
	}
	s := text.Clean(asText(v))
	if s, code = through(r.before, s); code != "" || s == "" {
		return "", column, code
	}
	if r.split != nil {
		s, code = manyLines(r, s)
		return s, column, code
	}
	if r.lookup != nil {
		var found bool
		if s, found = r.lookup.values[s]; !found {
			return "", column, adapters.CodeUnknown
		}
	}
	if r.codes != nil {
		s, code = d.lookUp(f, r, s)
		return s, column, code
	}
	switch fl.kind {
	case asDay:
		s, code = d.day(f, r, s)
	case asMoney:
		v.Raw = s
		s, code = d.money(f, r, v, column)
	case asCode, asWord, asCurrency:
		s, code = plainWord(d, fl, s)
	case asNumber:
		s, code = plainNumber(s)
	case asLine:
		s = strings.Join(strings.Fields(s), " ")
	}
	return s, column, code
}

// firstFilled returns the first of the columns that has a value, or the first.
func firstFilled(columns []string, rec *row) string {
	for _, c := range columns {
		if !isNull(rec.value(c)) {
			return c
		}
	}
	return columns[0]
}

// joined joins the texts of several columns.
func (d *drafter) joined(r *rule, rec *row) (value, column string, code adapters.Code) {
	var parts []string
	for _, c := range r.columns {
		v := rec.value(c)
		if isNull(v) {
			continue
		}
		if rec.problemOf(c) == adapters.IDDestroyed {
			return "", c, adapters.IDDestroyed
		}
		s, code := through(r.before, text.Clean(asText(v)))
		if code != "" {
			return "", c, code
		}
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, r.join), r.columns[0], ""
}

// manyLines splits a text and puts what the later steps leave on lines.
func manyLines(r *rule, s string) (string, adapters.Code) {
	var kept []string
	for _, piece := range r.split.Split(s, -1) {
		piece, code := through(r.after, strings.TrimSpace(piece))
		if code != "" {
			return "", code
		}
		if piece != "" && !slices.Contains(kept, piece) {
			kept = append(kept, piece)
		}
	}
	return strings.Join(kept, "\n"), ""
}

// lookUp translates a value by the codes of the rule.
func (d *drafter) lookUp(f *draft, r *rule, s string) (string, adapters.Code) {
	if to, ok := r.codes[s]; ok {
		return to, ""
	}
	switch r.unknown {
	case unknownQuarantine, unknownDrop:
		return "", adapters.CodeUnknown
	case unknownReport:
		f.unmapped = append(f.unmapped, r.field)
		if r.required && r.fallback == "" {
			return "", adapters.CodeUnknown
		}
		return "", ""
	}
	f.unmapped = append(f.unmapped, r.field)
	return r.unknown, ""
}

func (d *drafter) day(f *draft, r *rule, s string) (string, adapters.Code) {
	on, precision, code := r.dates.until(d.today).read(s)
	if code != "" {
		return "", code
	}
	if i := f.stream.to.index("birth_precision"); i >= 0 {
		f.values[i] = string(precision)
		on = clients.FirstDay(on, precision)
	}
	return string(on), ""
}

func (d *drafter) money(f *draft, r *rule, v adapters.Value, column string) (string, adapters.Code) {
	a, code := r.money.read(v)
	if code != "" {
		return "", code
	}
	if a.leftover != "" && r.leftover == "quarantine" {
		return "", adapters.TypeMoney
	}
	if a.leftover != "" && r.leftover == "warn" {
		f.warn(problemAt(adapters.MoneyWords, f.stream.to.fields[r.field].name, column, v.Raw))
	}
	if i := f.stream.to.index("currency"); i >= 0 && f.values[i] == "" {
		f.values[i] = a.currency
	}
	return strconv.FormatInt(a.minor, 10), ""
}

// plainWord takes a value that stands in the source as the node has it.
func plainWord(d *drafter, fl *field, s string) (string, adapters.Code) {
	if fl.holds(d.mapping.reg, s) {
		return s, ""
	}
	return "", adapters.CodeUnknown
}

// standards fills what is empty and has a usual value.
func (f *draft) standards() {
	for i, fl := range f.stream.to.fields {
		if f.values[i] == "" && fl.standard != "" {
			f.values[i] = fl.standard
		}
	}
}

// plainNumber reads a whole number from 0, as spreadsheets write it too: "12.0".
func plainNumber(s string) (string, adapters.Code) {
	s = strings.TrimSpace(s)
	if m := pointZero.FindStringSubmatch(s); m != nil {
		s = m[1]
	}
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil {
		return "", adapters.CodeUnknown
	}
	return strconv.FormatUint(n, 10), ""
}

// refer sets a reference: to the record of the same row, or to one by key.
func (d *drafter) refer(f *draft, r *rule, rec *row, before []draft) {
	fl := &f.stream.to.fields[r.field]
	if len(r.ref.columns) == 0 {
		for i := range before {
			p := &before[i]
			if p.stream.name == r.ref.stream && p.state == taken && f.row.isOf(p.row) {
				f.values[r.field] = d.id(p.stream, p.key)
				f.parents = append(f.parents, parent{i, fl.name})
				if p.stream.to.name == toCase {
					f.opened = civil.Date(p.get("opened_on"))
				}
				return
			}
		}
		if r.required {
			f.hold(problemAt(adapters.ReferenceMissing, fl.name, "", ""))
		}
		return
	}
	key, problem := joinKey(rec, r.ref.columns, r.ref.steps)
	switch {
	case problem.code != "":
		problem.field = fl.name
		f.hold(problem)
	case key == "" && r.required:
		f.hold(problemAt(adapters.RequiredMissing, fl.name, r.ref.columns[0], ""))
	case key == "":
	case r.ref.find != nil:
		number := text.Marks(key)
		if number == "" && !r.required {
			return
		}
		f.finds = append(f.finds, findKey{r.ref.find, number, r.field, fl.name, r.ref.columns[0], r.onError == "quarantine"})
		f.values[r.field] = sought
	default:
		key = d.mapping.keyed(d.instance, r.ref.stream, key)
		f.refs = append(f.refs, refKey{d.mapping.referred(r), key, fl.name, r.ref.columns[0], r.field, r.onError == "drop"})
		f.values[r.field] = d.id(f.refs[len(f.refs)-1].stream, key)
	}
}

// finish sets what follows from other fields, then checks the record as a whole.
func finish(f *draft) {
	switch f.stream.to.name {
	case toClient:
		if f.get("birth_date") == "" {
			f.set("birth_precision", "")
		}
		f.checkID()
	case toCase:
		if f.get("closed_on") == "" {
			f.set("outcome", "")
		}
	case toReferral, toComplaint, toService:
		if day := dayOfTarget[f.stream.to.name]; f.get(day) < string(f.opened) {
			f.holdDay(day)
		}
	case toRecovery:
		if f.get("amount") == "0" {
			f.leaveOut("zero_amount")
			return
		}
		if f.get("received_on") < string(f.opened) {
			f.holdDay("received_on")
		}
	}
	if f.state == taken {
		f.check()
	}
}

// holdDay holds the record back because of a day before its case was opened.
func (f *draft) holdDay(field string) {
	f.hold(f.refused(adapters.DateImpossible, field))
}

// check holds the record back when the area that keeps such records would
// refuse it.
func (f *draft) check() {
	for _, fault := range flatten(writers[f.stream.to.name].check(f.values)) {
		e := errs.As(fault)
		if e == nil {
			f.hold(problem{code: adapters.RequiredMissing})
			continue
		}
		f.hold(f.refused(codeOf(e), e.Field()))
	}
}

// refused is a problem with a value that was read well and that its record refuses: with
// the first column that is filled of those that fill the field, and what stands there.
func (f *draft) refused(code adapters.Code, field string) problem {
	if i := f.stream.to.index(field); i >= 0 && f.row != nil {
		if r := f.stream.rule(i); r != nil {
			for _, c := range r.columns {
				if v := f.row.value(c); !isNull(v) && asText(v) != "" {
					return problemAt(code, field, c, asText(v))
				}
			}
		}
	}
	return problemAt(code, field, f.columnOf(field), "")
}

// columnOf returns the column that fills a field, or "".
func (f *draft) columnOf(name string) string {
	i := f.stream.to.index(name)
	if i < 0 {
		return ""
	}
	if r := f.stream.rule(i); r != nil && len(r.columns) > 0 {
		return r.columns[0]
	}
	return ""
}

// flatten returns the errors that errors.Join put together.
func flatten(err error) []error {
	if err == nil {
		return nil
	}
	var many interface{ Unwrap() []error }
	if !errors.As(err, &many) {
		return []error{err}
	}
	var all []error
	for _, e := range many.Unwrap() {
		all = append(all, flatten(e)...)
	}
	return all
}

// codeOf returns the code of the closed list for a fault that an area found.
func codeOf(e *errs.Error) adapters.Code {
	switch {
	case errors.Is(e, text.ErrTooLong):
		return adapters.RowTooLong
	case errors.Is(e, text.ErrUnreadable), errors.Is(e, text.ErrHidden):
		return adapters.EncodingInvalid
	}
	switch field := e.Field(); {
	case strings.HasSuffix(field, "_on") || field == "birth_date":
		return adapters.DateImpossible
	case field == "amount" || field == "currency":
		return adapters.TypeMoney
	case field == "outcome" || field == "client" || field == "case":
		return adapters.RequiredMissing
	case field == "legacy":
		return adapters.BadJSON
	}
	return adapters.CodeUnknown
}

// contentKey returns the key of the n-th row with a hash.
func contentKey(hash [16]byte, n uint32) string {
	return "row:" + hex.EncodeToString(hash[:]) + ":" + strconv.FormatUint(uint64(n), 10)
}
