package imports

import (
	"slices"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

func (p *mappingReader) readStream(e entry) (*stream, error) {
	all, err := entries(e.value, "a stream", streamKeys)
	if err != nil {
		return nil, err
	}
	s := &stream{name: e.key}
	switch {
	case len(p.tables) > 0:
		s.from = p.tables[0]
	case slices.Contains(withTables, p.SourceType):
		s.from = onlyTable
	}
	var fields ast.Node
	keyAt := e.at
	for _, part := range all {
		if part.key == "key" {
			keyAt = part.at
		}
		if part.key == "fields" {
			fields = part.value
			continue
		}
		if err := p.streamPart(s, part); err != nil {
			return nil, err
		}
	}
	switch {
	case s.to == nil:
		return nil, wrongAt(e.at, `a stream needs "to"`)
	case len(s.key.columns) == 0 && !s.key.content:
		return nil, wrongAt(e.at, `a stream needs "key"`)
	case p.aggregate && s.to.name == toClient && s.key.content:
		return nil, wrongAt(keyAt, "an aggregate mapping counts people by their keys, and content is no key of a client")
	case fields == nil:
		return nil, wrongAt(e.at, `a stream needs "fields"`)
	}
	if err := p.readFields(s, fields); err != nil {
		return nil, err
	}
	if err := p.checkIdentity(s, e.at); err != nil {
		return nil, err
	}
	return s, p.checkRequired(s, e.at)
}

func (p *mappingReader) streamPart(s *stream, e entry) (err error) {
	switch e.key {
	case "from":
		if p.tables == nil {
			s.from, err = scalar(e.value, e.key)
		} else {
			s.from, err = oneOf(e.value, "table", p.tables...)
		}
	case "to":
		var name string
		name, err = oneOf(e.value, "to", targetNames()...)
		s.to = targetNamed(name)
	case "key":
		s.key, err = p.readKey(e.value)
	case "when":
		s.when, err = readCondition(e.value)
	case "only_with":
		s.onlyWith, err = scalar(e.value, e.key)
	case "repeats":
		var word string
		word, err = oneOf(e.value, e.key, "same", "quarantine")
		s.repeats = word == "same"
	case "identity":
		s.identity, err = p.readIdentity(e.value)
	}
	return err
}

// readKey reads "content", a column, a list of columns, or a map.
func (p *mappingReader) readKey(n ast.Node) (keyRule, error) {
	var k keyRule
	if _, isMap := n.(ast.MapNode); !isMap {
		names, err := scalars(n, "key")
		if len(names) == 1 && names[0] == "content" {
			return keyRule{content: true}, err
		}
		k.columns = names
		return k, err
	}
	all, err := entries(n, "key", keyKeys)
	if err != nil {
		return k, err
	}
	for _, e := range all {
		switch e.key {
		case "columns":
			k.columns, err = scalars(e.value, e.key)
		case "fn":
			k.steps, err = p.textFunctions(e.value)
		case "missing":
			var word string
			word, err = oneOf(e.value, e.key, "quarantine", "content")
			k.content = word == "content"
		}
		if err != nil {
			return k, err
		}
	}
	if len(k.columns) == 0 {
		return k, wrong(n, `key needs "columns"`)
	}
	return k, nil
}

func readCondition(n ast.Node) (*condition, error) {
	all, err := entries(n, "when", whenKeys)
	if err != nil {
		return nil, err
	}
	c := &condition{reason: "condition"}
	tests := 0
	for _, e := range all {
		switch e.key {
		case "col":
			c.column, err = scalar(e.value, e.key)
		case "is":
			var word string
			word, err = oneOf(e.value, e.key, "filled", "empty")
			c.filled, c.empty = word == "filled", word == "empty"
			tests++
		case "in":
			c.in, err = scalars(e.value, e.key)
			tests++
		case "not_in":
			c.not, err = scalars(e.value, e.key)
			tests++
		case "reason":
			if c.reason, err = scalar(e.value, e.key); err == nil && !shortName.MatchString(c.reason) {
				err = wrong(e.value, "reason must be small letters, digits and hyphens")
			}
		case "and":
			c.and, err = readCondition(e.value)
		}
		if err != nil {
			return nil, err
		}
	}
	if c.column == "" || tests != 1 {
		return nil, wrong(n, `when needs "col" and one of "is", "in" and "not_in"`)
	}
	return c, nil
}

// checkRequired reports a field that a stream must fill and does not name.
func (p *mappingReader) checkRequired(s *stream, at *token.Token) error {
	for i, f := range s.to.fields {
		if f.required && s.rule(i) == nil {
			return wrongAt(at, "%s needs the field %q", s.to.name, f.name)
		}
	}
	if s.to.name == toCase && (s.rule(s.to.index("closed_on")) != nil) != (s.rule(s.to.index("outcome")) != nil) {
		return wrongAt(at, "closed_on and outcome go together")
	}
	return nil
}

// rule returns the rule of a field, or nil.
func (s *stream) rule(f int) *rule {
	for _, r := range s.fields {
		if r.field == f {
			return r
		}
	}
	return nil
}

// checkReferences reports references to streams that are not there or are of
// another target.
func (p *mappingReader) checkReferences(s *stream, at *token.Token) error {
	for _, r := range s.fields {
		if r.ref == nil {
			continue
		}
		to, want := p.streamNamed(r.ref.stream), s.to.fields[r.field].target
		if r.ref.find != nil {
			if want != toCase {
				return wrongAt(at, "%s finds cases by their number, and nothing else", s.name)
			}
			continue
		}
		if r.ref.instance != "" {
			r.ref.foreign = &stream{name: r.ref.stream, instance: r.ref.instance, to: targetNamed(want), referred: want == toCase}
			continue
		}
		switch {
		case to == nil:
			return wrongAt(at, "%s refers to the stream %q, which is not there", s.name, r.ref.stream)
		case to.to.name != want:
			return wrongAt(at, "%s refers to the stream %q, which makes no %s", s.name, r.ref.stream, want)
		case len(r.ref.columns) == 0 && !s.within(to):
			return wrongAt(at, "%s refers to %q of another table and needs columns", s.name, r.ref.stream)
		case len(r.ref.columns) > 0 && len(to.key.columns) != len(r.ref.columns):
			return wrongAt(at, "%s refers to %q by another number of columns than its key has", s.name, r.ref.stream)
		}
		to.referred = to.referred || to.to.name == toCase && len(r.ref.columns) > 0
	}
	if s.onlyWith == "" {
		return nil
	}
	if other := p.streamNamed(s.onlyWith); other == nil || !s.within(other) || other == s {
		return wrongAt(at, "%s: only_with must name another stream of the same table", s.name)
	}
	return nil
}
