package imports

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// yaml writes the mapping that choices make, for the program and for whoever reads it.
// Everything has been decided; see open.
func (c Choices) yaml(d Preparation) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# Made on the pages, by pointing. It can be used on the command line as it is.\n")
	fmt.Fprintf(&b, "mapping: %s/%d\ninstance: %s\n%s", draftName(c.Instance), max(c.Revision, 1), c.Instance, c.source(d.Kind, false))
	defaults := []string{}
	if c.DateOrder != "" {
		defaults = append(defaults, "date_order: "+c.DateOrder)
	}
	if c.Currency != "" {
		defaults = append(defaults, "currency: "+c.Currency)
	}
	if c.Region != "" {
		defaults = append(defaults, "region: "+c.Region)
	}
	if c.Timezone != "" {
		defaults = append(defaults, "timezone: "+scalarOf(c.Timezone))
	}
	if len(defaults) > 0 {
		fmt.Fprintf(&b, "defaults: {%s}\n", strings.Join(defaults, ", "))
	}
	b.WriteString("unmapped: keep_as_legacy_json\n")
	if out := c.leftOut(); len(out) > 0 {
		fmt.Fprintf(&b, "leave_out: %s\n", list(out))
	}
	b.WriteString("streams:\n")
	for i, t := range c.Tables {
		if t.Use {
			c.table(&b, d.Kind, i)
		}
	}
	return []byte(b.String())
}

// leftOut lists the columns that are brought nowhere.
func (c Choices) leftOut() []string {
	var out []string
	for _, t := range c.Tables {
		for _, column := range t.Order {
			if t.Use && t.Columns[column] == LeaveOut && !slices.Contains(out, column) {
				out = append(out, column)
			}
		}
	}
	return out
}

// source writes how the source is read. Before anything is declared every table has
// the name that the source gives it; all asks for the tables that are not used, too.
func (c Choices) source(kind string, all bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "source:\n  type: %s\n", kind)
	if !slices.Contains(withTables, kind) || !slices.ContainsFunc(c.Tables, func(t TableChoice) bool { return all || t.Use }) {
		return b.String()
	}
	b.WriteString("  tables:\n")
	for i, t := range c.Tables {
		if t.Use || all {
			fmt.Fprintf(&b, "    %s: %s\n", c.short(kind, i), t.settings(nil))
		}
	}
	return b.String()
}

// settings writes how a table is read; columns take the place of a header.
func (t TableChoice) settings(columns []string) string {
	var parts []string
	add := func(key, value string) {
		if value != "" {
			parts = append(parts, key+": "+scalarOf(value))
		}
	}
	add("sheet", t.Sheet)
	add("file", t.File)
	add("encoding", t.Encoding)
	add("delimiter", t.Delimiter)
	switch {
	case columns != nil:
		parts = append(parts, "columns: "+list(columns), "drop: []")
	case len(t.HeaderRows) > 0:
		rows := make([]string, len(t.HeaderRows))
		for i, n := range t.HeaderRows {
			rows[i] = strconv.Itoa(n)
		}
		parts = append(parts, "header_rows: ["+strings.Join(rows, ", ")+"]")
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// short returns the name that a table has in the mapping.
func (c Choices) short(kind string, at int) string {
	if !slices.Contains(withTables, kind) {
		return c.Tables[at].Name
	}
	return "table-" + strconv.Itoa(at+1)
}

// stream returns the name of the stream of a table to a target.
func (c Choices) stream(at int, target string) string {
	for i, t := range c.Tables {
		if i >= at {
			return target
		}
		if t.Use && slices.Contains(t.makes(), target) {
			return target + "-" + strconv.Itoa(at+1)
		}
	}
	return target
}

// table writes the streams of a table.
func (c Choices) table(b *strings.Builder, kind string, at int) {
	t := c.Tables[at]
	makes := t.makes()
	for _, target := range makes {
		fmt.Fprintf(b, "  %s:\n    from: %s\n    to: %s\n    key: %s\n", c.stream(at, target), scalarOf(c.short(kind, at)), target, t.key(target))
		if target == toClient && t.Client != "" {
			b.WriteString("    repeats: same\n")
		}
		if with := companion(target, makes); with != "" {
			fmt.Fprintf(b, "    only_with: %s\n", c.stream(at, with))
		}
		if column := t.shown(target, makes); column != "" {
			fmt.Fprintf(b, "    when: {col: %s, is: filled, reason: no-%s}\n", scalarOf(column), strings.ReplaceAll(target, "_", "-"))
		}
		var fields strings.Builder
		for _, f := range targetNamed(target).fields {
			if rule := c.rule(at, target, f, makes); rule != "" {
				fmt.Fprintf(&fields, "      %s: %s\n", f.name, rule)
			}
		}
		if fields.Len() == 0 {
			b.WriteString("    fields: {}\n")
			continue
		}
		b.WriteString("    fields:\n" + fields.String())
	}
}

// key writes how a record is told from others.
func (t TableChoice) key(target string) string {
	column := t.Key
	if target == toClient && t.Client != "" {
		column = t.Client
	}
	switch column {
	case "":
		return "content"
	case OwnKey:
		return strconv.Quote(OwnKey)
	}
	return fmt.Sprintf("{columns: %s, fn: [trim], missing: content}", list([]string{column}))
}

// companion returns the target without whose record a client of the same row is none.
func companion(target string, makes []string) string {
	if target != toClient {
		return ""
	}
	for _, with := range []string{toCase, toConsultation} {
		if slices.Contains(makes, with) {
			return with
		}
	}
	return ""
}

// shown returns the column that shows that a row makes a record of a target beside
// others.
func (t TableChoice) shown(target string, makes []string) string {
	if len(makes) < 2 {
		return ""
	}
	for _, name := range shows[target] {
		if column, _ := t.columnOf(target + "." + name); column != "" {
			return column
		}
	}
	return ""
}

// rule writes how a field is filled, "" for a field that is left empty.
func (c Choices) rule(at int, target string, f field, makes []string) string {
	t := c.Tables[at]
	choice := target + "." + f.name
	column, of := t.columnOf(choice)
	fixed := t.fixedOf(choice)
	switch {
	case f.kind == asDerived:
		return ""
	case f.kind == asReference:
		return c.reference(at, f, column, of, makes)
	case column == "" && fixed == "":
		return ""
	case column == "":
		return fmt.Sprintf("{const: %s}", scalarOf(fixed))
	case of == "comma":
		if f.name == "surname" {
			return fmt.Sprintf("{col: %s, fn: [{part: {separator: \",\", side: before, alone: true}}]}", scalarOf(column))
		}
		return fmt.Sprintf("{col: %s, fn: [{part: {separator: \",\", side: after}}]}", scalarOf(column))
	case f.kind == asCode, f.kind == asWord:
		return t.Codes[choice].rule(column)
	case f.kind == asDay:
		return cmp.Or(t.Days[column].rule(scalarOf(column)), scalarOf(column))
	case f.kind == asMoney:
		return fmt.Sprintf("{col: %s, fn: [{money: {decimal: %q}}]}", scalarOf(column), map[string]string{"comma": ",", "point": "."}[c.Decimal])
	case f.name == "phones":
		return fmt.Sprintf("{col: %s, fn: [{split: \"[/;,]\"}, phone]}", scalarOf(column))
	case f.name == "id_number":
		return fmt.Sprintf("{col: %s, fn: [id_number]}", scalarOf(column))
	}
	return scalarOf(column)
}

// reference writes where a record belongs to, "" for nowhere.
func (c Choices) reference(at int, f field, column, of string, makes []string) string {
	switch {
	case column != "" && of == "find":
		return fmt.Sprintf("{ref: {find: [legacy_number, reference], columns: %s}}", list([]string{column}))
	case column != "":
		i, err := strconv.Atoi(of)
		if err != nil || i < 0 || i >= len(c.Tables) {
			return ""
		}
		return fmt.Sprintf("{ref: {stream: %s, columns: %s, fn: [trim]}}", c.stream(i, f.target), list([]string{column}))
	case slices.Contains(makes, f.target):
		return fmt.Sprintf("{ref: %s}", c.stream(at, f.target))
	}
	return ""
}

// rule writes how the words of a column are translated.
func (w CodeChoice) rule(column string) string {
	var codes []string
	for _, word := range slices.Sorted(maps.Keys(w.Words)) {
		value := w.Words[word]
		if value == "" {
			value = `""`
		}
		codes = append(codes, keyOfWord(word)+": "+value)
	}
	fallback := ""
	if w.Empty != "" {
		fallback = ", default: " + w.Empty
	}
	return fmt.Sprintf("{col: %s, codes: {%s}, unknown: %s%s}", scalarOf(column), strings.Join(codes, ", "), w.Others, fallback)
}

func list(all []string) string {
	quoted := make([]string, len(all))
	for i, s := range all {
		quoted[i] = scalarOf(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// bare are texts that mean nothing but themselves in YAML.
var bare = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)

// words that YAML reads as something else.
var reserved = []string{"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf", "todo"}

// scalarOf writes a text in YAML: bare where that is safe, else in double quotes, in
// which JSON and YAML agree.
func scalarOf(s string) string {
	if bare.MatchString(s) && !slices.Contains(reserved, strings.ToLower(s)) {
		return s
	}
	return keyOfWord(s)
}

// keyOfWord writes a text in double quotes.
func keyOfWord(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a text can always be written
	return strings.TrimSuffix(b.String(), "\n")
}
