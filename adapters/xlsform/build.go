package xlsform

import (
	"strconv"
	"strings"

	"casehub/adapters"
)

// group is a group or repeat that is open.
type group struct {
	name   string // path from the repeat around it, groups included
	repeat string // path of repeats that its rows are in
	kind   string
	list   string // choices that its rows share, or that it goes over
	from   int    // rows before it
}

// Build fills the questions of an instrument from the rows of a survey. What names
// no type or no question is left out, an end without a beginning too.
func Build(in adapters.Instrument, rows []Row) adapters.Instrument {
	b := builder{in: in, repeats: map[string]string{}}
	for _, r := range rows {
		b.row(r)
	}
	return b.in
}

type builder struct {
	in      adapters.Instrument
	open    []group
	repeats map[string]string // full name of a repeat by its path
}

func (b *builder) row(r Row) {
	kind, list, other := splitType(r.Type)
	if list == "" {
		list = r.List
	}
	switch {
	case strings.HasPrefix(kind, "end_"):
		if n := len(b.open); n > 0 {
			b.close(b.open[n-1])
			b.open = b.open[:n-1]
		}
	case kind == "" || r.Name == "" && r.Path == "" && !strings.HasPrefix(kind, "begin_"):
	default:
		b.question(r, kind, list, other || r.Other)
	}
}

// around returns the group that rows are in now.
func (b *builder) around() group {
	if n := len(b.open); n > 0 {
		return b.open[n-1]
	}
	return group{}
}

func (b *builder) question(r Row, kind, list string, other bool) {
	g := b.around()
	name := join(g.name, r.Name)
	switch kind {
	case "score__row", "rank__level":
		kind, list = "select_one", g.list
	case "begin_rank", "begin_score", "begin_kobomatrix":
		// groups in what they leave behind
	}
	q := adapters.Question{
		Name: name, Repeat: g.repeat, Type: kind, List: list, Other: other,
		Labels: r.Labels, Hints: r.Hints, Required: r.Required, Relevant: r.Relevant,
	}
	if strings.HasPrefix(kind, "begin_") {
		b.begin(&q, g)
	} else {
		b.in.Questions = append(b.in.Questions, q)
	}
	if other && strings.HasPrefix(kind, "select_") {
		b.in.Questions = append(b.in.Questions, adapters.Question{Name: name + "_other", Repeat: g.repeat, Type: "text"})
	}
}

// begin opens a group. A repeat of a name that another one beside it has is known by
// it with "~1" and so on.
func (b *builder) begin(q *adapters.Question, g group) {
	next := group{name: q.Name, repeat: g.repeat, kind: q.Type, list: q.List}
	if q.Type == "begin_repeat" {
		path := RepeatPath(q)
		free := path
		for i := 1; b.repeats[free] != "" && b.repeats[free] != q.Name; i++ {
			free = path + "~" + strconv.Itoa(i)
		}
		b.repeats[free] = q.Name
		q.Name += strings.TrimPrefix(free, path)
		next.name, next.repeat = "", free
	}
	b.in.Questions = append(b.in.Questions, *q)
	next.from = len(b.in.Questions)
	b.open = append(b.open, next)
}

// close ends a group. The questions of a loop or a matrix stand once for each of its
// choices.
func (b *builder) close(g group) {
	if g.kind != "begin_loop" && g.kind != "begin_kobomatrix" || g.list == "" {
		return
	}
	inner := append([]adapters.Question(nil), b.in.Questions[g.from:]...)
	b.in.Questions = b.in.Questions[:g.from]
	leaf := g.name[strings.LastIndexByte(g.name, '/')+1:]
	for _, c := range b.in.Choices {
		if c.List != g.list {
			continue
		}
		for _, q := range inner {
			rest := strings.TrimPrefix(q.Name, g.name+"/")
			if g.kind == "begin_loop" {
				q.Name = g.name + "/" + c.Name + "/" + rest
			} else {
				q.Name = g.name + "_" + c.Name + "/" + leaf + "_" + c.Name + "_" + rest
			}
			b.in.Questions = append(b.in.Questions, q)
		}
	}
}

func join(group, name string) string {
	switch {
	case group == "":
		return name
	case name == "":
		return group
	}
	return group + "/" + name
}
