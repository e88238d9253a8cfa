package imports

import (
	"regexp"

	"github.com/goccy/go-yaml/ast"

	"casehub/internal/civil"
	"casehub/node/clients"
)

// readFunctions reads the steps of a field in their order.
func (p *mappingReader) readFunctions(f *field, r *rule, n ast.Node) error {
	for _, step := range items(n) {
		name, params, err := functionOf(step)
		if err != nil {
			return err
		}
		switch name {
		case "date":
			err = p.dateParams(f, r, step, params)
		case "money":
			err = p.moneyParams(f, r, step, params)
		case "id_number":
			var fn function
			fn, r.check, err = p.idNumber(params)
			r.before = append(r.before, fn)
		case "split":
			if f.kind != asLines || r.split != nil {
				return wrong(step, "split makes lines, and once: %s cannot have it", f.name)
			}
			r.split, err = pattern(params, step)
		default:
			r.phones = r.phones || name == "phone"
			var fn function
			if fn, err = p.textFunction(name, params, step); r.split == nil {
				r.before = append(r.before, fn)
			} else {
				r.after = append(r.after, fn)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// functionOf returns the name of a step and its parameters, nil without any.
func functionOf(n ast.Node) (string, ast.Node, error) {
	if _, isMap := n.(ast.MapNode); !isMap {
		name, err := oneOf(n, "function", functionNames()...)
		return name, nil, err
	}
	all, err := entries(n, "a function", functionNames())
	if err != nil {
		return "", nil, err
	}
	if len(all) != 1 {
		return "", nil, wrong(n, "a step is one function")
	}
	return all[0].key, all[0].value, nil
}

// textFunctions reads steps that turn text into text.
func (p *mappingReader) textFunctions(n ast.Node) ([]function, error) {
	var all []function
	for _, step := range items(n) {
		name, params, err := functionOf(step)
		if err != nil {
			return nil, err
		}
		fn, err := p.textFunction(name, params, step)
		if err != nil {
			return nil, err
		}
		all = append(all, fn)
	}
	return all, nil
}

func (p *mappingReader) textFunction(name string, params, at ast.Node) (function, error) {
	fn, plain := plainFunctions[name]
	switch {
	case name == "id_number" && params != nil:
		fn, _, err := p.idNumber(params)
		return fn, err
	case name == "phone":
		return p.phoneParams(params)
	case plain && params != nil:
		return nil, wrong(at, "%s takes no parameters", name)
	case plain:
		return fn, nil
	case params == nil:
		return nil, wrong(at, "%s needs parameters here", name)
	case name == "part":
		return partParams(params)
	case name == "replace":
		return replaceParams(params)
	}
	return nil, wrong(at, "%s cannot stand here", name)
}

// idNumber reads how many digits a document number has, and how it is checked.
func (p *mappingReader) idNumber(n ast.Node) (fn function, check string, err error) {
	if n == nil {
		return idNumber(0), "", nil
	}
	all, err := entries(n, "id_number", idKeys)
	if err != nil {
		return nil, "", err
	}
	want := 0
	for _, e := range all {
		if e.key == "check" {
			check, err = oneOf(e.value, e.key, "za", "luhn")
		} else {
			want, err = whole(e.value, e.key, 1, 40)
		}
		if err != nil {
			return nil, "", err
		}
	}
	return idNumber(want), check, nil
}

// phoneParams reads the country of numbers without one.
func (p *mappingReader) phoneParams(n ast.Node) (function, error) {
	of := p.defaults.region
	if n != nil {
		all, err := entries(n, "phone", []string{"region"})
		if err != nil {
			return nil, err
		}
		for _, e := range all {
			if of, err = region(e.value); err != nil {
				return nil, err
			}
		}
	}
	if of == "" {
		return phone, nil
	}
	return phoneOf(of), nil
}

// region reads the two capital letters of a country.
func region(n ast.Node) (string, error) {
	s, err := scalar(n, "region")
	if err == nil && !knownRegion(s) {
		err = wrong(n, "region %q is not the code of a country", s)
	}
	return s, err
}

func partParams(n ast.Node) (function, error) {
	all, err := entries(n, "part", partKeys)
	if err != nil {
		return nil, err
	}
	separator, side, alone := "", "", false
	for _, e := range all {
		switch e.key {
		case "separator":
			separator, err = scalar(e.value, e.key)
		case "side":
			side, err = oneOf(e.value, e.key, "before", "after")
		case "alone":
			alone, err = truth(e.value, e.key)
		}
		if err != nil {
			return nil, err
		}
	}
	if separator == "" || side == "" {
		return nil, wrong(n, `part needs "separator" and "side"`)
	}
	return part(separator, side == "before", alone), nil
}

func replaceParams(n ast.Node) (function, error) {
	all, err := entries(n, "replace", replaceKeys)
	if err != nil {
		return nil, err
	}
	var find *regexp.Regexp
	with := ""
	for _, e := range all {
		if e.key == "find" {
			find, err = pattern(e.value, e.value)
		} else {
			with, err = scalar(e.value, e.key)
		}
		if err != nil {
			return nil, err
		}
	}
	if find == nil {
		return nil, wrong(n, `replace needs "find"`)
	}
	return replace(find, with), nil
}

func pattern(n, at ast.Node) (*regexp.Regexp, error) {
	if n == nil {
		return nil, wrong(at, "a pattern is missing")
	}
	s, err := scalar(n, "a pattern")
	if err != nil {
		return nil, err
	}
	re, err := regexp.Compile(s)
	if err != nil {
		return nil, wrong(n, "the pattern does not hold: %v", err)
	}
	return re, nil
}

func (p *mappingReader) dateParams(f *field, r *rule, at, params ast.Node) error {
	if f.kind != asDay {
		return wrong(at, "%s is no date", f.name)
	}
	if params == nil {
		return nil
	}
	all, err := entries(params, "date", dateKeys)
	if err != nil {
		return err
	}
	for _, e := range all {
		var s string
		switch e.key {
		case "order":
			err = p.readOrder(e.value, &r.dates)
		case "century_pivot":
			r.dates.pivot, err = whole(e.value, e.key, 0, 99)
		case "precision":
			s, err = oneOf(e.value, e.key, string(clients.Day), string(clients.Month), string(clients.Year), string(clients.About))
			r.dates.coarsest = clients.Precision(s)
		case "excel_serials":
			s, err = oneOf(e.value, e.key, string(from1900), string(from1904))
			r.dates.counted = counted(s)
		case "numbers":
			s, err = oneOf(e.value, e.key, string(unixTime), string(unixMillis), string(julianDays))
			r.dates.counted = counted(s)
		case "timezone":
			r.dates.zone, err = timezone(e.value)
		case "not_before":
			if s, err = scalar(e.value, e.key); err == nil {
				if r.dates.earliest, err = civil.Parse(s); err != nil {
					err = wrong(e.value, "not_before must be YYYY-MM-DD")
				}
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *mappingReader) moneyParams(f *field, r *rule, at, params ast.Node) error {
	if f.kind != asMoney {
		return wrong(at, "%s is no amount", f.name)
	}
	if params == nil {
		return nil
	}
	all, err := entries(params, "money", moneyKeys)
	if err != nil {
		return err
	}
	for _, e := range all {
		switch e.key {
		case "locale":
			r.money.decimal, err = locale(e.value)
		case "decimal":
			var s string
			if s, err = oneOf(e.value, e.key, ".", ","); err == nil {
				r.money.decimal = s[0]
			}
		case "currency":
			r.money.currency, err = p.currency(e.value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
