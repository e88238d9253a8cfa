package imports

import (
	"slices"
	"strconv"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/currency"
	"casehub/node/clients"
)

func (p *mappingReader) readFields(s *stream, n ast.Node) error {
	all, err := entries(n, "fields", nil)
	if err != nil {
		return err
	}
	for _, e := range all {
		at := s.to.index(e.key)
		if at < 0 || s.to.fields[at].kind == asDerived {
			return wrongAt(e.at, "%s has no field %q", s.to.name, e.key)
		}
		if p.aggregate && (!aggregated(s.to.fields[at]) || withoutPeople[s.to.name]) {
			return wrongAt(e.at, "an aggregate mapping brings no %q of a %s", e.key, s.to.name)
		}
		r, err := p.readRule(&s.to.fields[at], e)
		if err != nil {
			return err
		}
		r.field, r.label = at, s.name+"."+e.key
		s.fields = append(s.fields, r)
	}
	return nil
}

// readRule reads how one field is filled: the text of a column alone, or a map.
func (p *mappingReader) readRule(f *field, e entry) (*rule, error) {
	r := &rule{dates: p.defaults.dates, money: p.defaults.amounts, required: f.required, leftover: "warn"}
	if f.name == "birth_date" {
		r.dates.coarsest = clients.About
	}
	if _, isMap := e.value.(ast.MapNode); !isMap {
		column, err := scalar(e.value, "a field")
		r.columns = []string{column}
		if err != nil {
			return nil, err
		}
		return r, p.checkRule(f, r, e.at)
	}
	all, err := entries(e.value, "a field", fieldKeys)
	if err != nil {
		return nil, err
	}
	for _, part := range all {
		if err := p.rulePart(f, r, part); err != nil {
			return nil, err
		}
	}
	return r, p.checkRule(f, r, e.at)
}

func (p *mappingReader) rulePart(f *field, r *rule, e entry) (err error) {
	switch e.key {
	case "col", "cols":
		r.columns, err = scalars(e.value, e.key)
	case "join":
		r.join, err = scalar(e.value, e.key)
	case "take":
		var s string
		s, err = oneOf(e.value, e.key, "all", "first")
		r.first = s == "first"
	case "const":
		r.constant, err = p.value(f, e.value)
	case "default":
		r.fallback, err = p.value(f, e.value)
	case "fn":
		err = p.readFunctions(f, r, e.value)
	case "codes":
		err = p.readCodes(f, r, e.value)
	case "codes_file":
		err = p.codesFile(f, r, e.value)
	case "lookup":
		r.lookup, err = p.readLookup(e.value)
	case "unknown":
		r.unknown, err = scalar(e.value, e.key)
		if err == nil && !slices.Contains([]string{unknownQuarantine, unknownDrop, unknownReport}, r.unknown) {
			r.unknown, err = p.value(f, e.value)
		}
	case "required":
		r.required, err = truth(e.value, e.key)
		r.required = r.required || f.required
	case "on_error":
		r.onError, err = oneOf(e.value, e.key, "quarantine", "drop")
	case "leftover":
		r.leftover, err = oneOf(e.value, e.key, "warn", "ignore", "quarantine")
	case "ref":
		r.ref, err = p.readRef(e.value)
	}
	return err
}

// value returns a value that the field can hold.
func (p *mappingReader) value(f *field, n ast.Node) (string, error) {
	s, err := scalar(n, f.name)
	if err != nil {
		return "", err
	}
	if !f.holds(p.reg, s) {
		return "", wrong(n, "%s cannot be %q", f.name, s)
	}
	return s, nil
}

// holds reports whether a field can hold a value as it stands.
func (f *field) holds(reg *codelist.Registry, s string) bool {
	switch f.kind {
	case asCode:
		return isLeaf(reg, f.list, s)
	case asWord:
		return slices.Contains(f.words, s)
	case asDay:
		_, err := civil.Parse(s)
		return err == nil
	case asCurrency:
		return currency.Valid(s)
	case asNumber:
		n, err := strconv.ParseUint(s, 10, 31)
		return err == nil && strconv.FormatUint(n, 10) == s
	case asMoney, asReference, asDerived:
		return false
	}
	return true
}

// isLeaf reports whether a text is the number of a leaf of a code list.
func isLeaf(reg *codelist.Registry, list, s string) bool {
	n, err := strconv.ParseUint(s, 10, 32)
	l := reg.List(list)
	if err != nil || l == nil {
		return false
	}
	_, ok := l.Leaf(codelist.Code(n))
	return ok
}

func (p *mappingReader) readCodes(f *field, r *rule, n ast.Node) error {
	if f.kind != asCode && f.kind != asWord && f.kind != asLine {
		return wrong(n, "%s takes no codes", f.name)
	}
	all, err := entries(n, "codes", nil)
	if err != nil {
		return err
	}
	if r.codes == nil {
		r.codes = map[string]string{}
	}
	for _, e := range all {
		text, err := scalar(e.value, "a code")
		if err != nil {
			return err
		}
		if text != "" && !f.holds(p.reg, text) {
			return wrong(e.value, "%s cannot be %q", f.name, text)
		}
		r.codes[e.key] = text
	}
	return nil
}

// readRef reads the name of a stream, or a map with the columns of its key.
func (p *mappingReader) readRef(n ast.Node) (*refRule, error) {
	if _, isMap := n.(ast.MapNode); !isMap {
		name, err := scalar(n, "ref")
		return &refRule{stream: name}, err
	}
	all, err := entries(n, "ref", refKeys)
	if err != nil {
		return nil, err
	}
	ref := &refRule{}
	for _, e := range all {
		switch e.key {
		case "stream":
			ref.stream, err = scalar(e.value, e.key)
		case "instance":
			ref.instance, err = scalar(e.value, e.key)
		case "find":
			if ref.find, err = scalars(e.value, e.key); err == nil {
				for _, by := range items(e.value) {
					if _, err = oneOf(by, e.key, findable...); err != nil {
						break
					}
				}
			}
		case "columns":
			ref.columns, err = scalars(e.value, e.key)
		case "fn":
			ref.steps, err = p.textFunctions(e.value)
		}
		if err != nil {
			return nil, err
		}
	}
	if (ref.stream == "") == (ref.find == nil) || len(ref.columns) == 0 {
		return nil, wrong(n, `ref needs "columns", and "stream" or "find"`)
	}
	return ref, nil
}

// checkRule reports a rule that does not hold together.
func (p *mappingReader) checkRule(f *field, r *rule, at *token.Token) error {
	switch {
	case (r.ref != nil) != (f.kind == asReference):
		return wrongAt(at, "%s: ref goes with references alone", f.name)
	case r.ref == nil && len(r.columns) == 0 && r.constant == "":
		return wrongAt(at, `%s needs "col", "cols" or "const"`, f.name)
	case r.constant != "" && len(r.columns) > 0:
		return wrongAt(at, "%s: const and col exclude each other", f.name)
	case r.unknown != "" && r.codes == nil:
		return wrongAt(at, "%s: unknown goes with codes", f.name)
	case f.kind == asMoney && r.money.currency == "":
		return wrongAt(at, "%s needs a currency, here or in defaults", f.name)
	}
	if r.unknown == "" {
		r.unknown = unknownQuarantine
		if !r.required {
			r.unknown = unknownDrop
		}
	}
	if r.onError == "" {
		r.onError = "drop"
		if r.required || r.ref != nil && r.ref.find != nil {
			r.onError = "quarantine"
		}
	}
	if r.join == "" {
		r.join = " "
	}
	return nil
}
