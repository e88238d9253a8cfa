package twins

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"casehub/internal/civil"
	"casehub/internal/release"
	"casehub/internal/sqlite"
	releasev1 "casehub/proto/casehub/release/v1"

	"google.golang.org/grpc/metadata"
)

// message is one message to the broker.
type message struct {
	line, header string
	data         []byte
}

// leak is something that a node must not do, done by the harness in its place: each
// function that is set changes what came out, with the whole office at hand. The
// zero leak changes nothing.
type leak struct {
	name string
	// turn is called at the end of each month.
	turn func(o *office, h *heard)
	// sent changes a message to the broker.
	sent func(o *office, m message) []message
	// called changes the headers of a call.
	called func(o *office, md metadata.MD) metadata.MD
	// measured changes the page of the metrics.
	measured func(o *office, page string) string
}

func (l leak) messages(o *office, m message) []message {
	if l.sent == nil {
		return []message{m}
	}
	return l.sent(o, m)
}

func (l leak) metadata(o *office, md metadata.MD) metadata.MD {
	if l.called == nil {
		return md
	}
	return l.called(o, md)
}

func (l leak) metrics(o *office, page string) string {
	if l.measured == nil {
		return page
	}
	return l.measured(o, page)
}

// leaks are all that the twins have to see.
func leaks() []leak {
	return []leak{
		{name: "a name in the log", turn: func(o *office, h *heard) {
			slog.New(slog.NewJSONHandler(lines{h.say}, nil)).Info("month over", "last", o.text1(`SELECT surname FROM clients ORDER BY created_at DESC, id LIMIT 1`))
		}},
		{name: "what waits, by code, in the metrics", measured: func(o *office, page string) string {
			return page + "casehub_node_waiting " + o.text1(`
SELECT coalesce(group_concat(n), '')
FROM (SELECT data_set || ' ' || code || ' ' || count(*) AS n FROM ledger_events WHERE state = 'unpublished' GROUP BY data_set, code ORDER BY 1)`)
		}},
		{name: "how many clients there are, in the metrics", measured: func(o *office, page string) string {
			return page + "casehub_node_clients " + o.text1(`SELECT count(*) FROM clients`)
		}},
		{name: "a case in a header", sent: func(o *office, m message) []message {
			m.header = strings.TrimSuffix(m.header, "\r\n") + "Case: " + o.text1(`SELECT id FROM cases ORDER BY id LIMIT 1`) + "\r\n\r\n"
			return []message{m}
		}},
		{name: "a hash of a document's number in a header", sent: func(o *office, m message) []message {
			m.header = strings.TrimSuffix(m.header, "\r\n") + fmt.Sprintf("Trace: %x\r\n\r\n", sha256.Sum256([]byte(o.text1(`SELECT max(id_number) FROM clients`))))
			return []message{m}
		}},
		{name: "groups in the order of their rows", sent: resealed(byRows)},
		{name: "a first month that follows a day", sent: resealed(byDay)},
		{name: "amounts to the cent", sent: resealed(toTheCent)},
		{name: "the largest amount behind a sum", sent: resealed(largestAmount)},
		{name: "padding as long as a name", sent: func(o *office, m message) []message {
			m.data = append(bytes.Clone(m.data), make([]byte, len(o.text1(`SELECT surname || address FROM clients ORDER BY id LIMIT 1`)))...)
			return []message{m}
		}},
		{name: "as many messages as there are clients by the hundred", sent: func(o *office, m message) []message {
			return slices.Repeat([]message{m}, 1+len(o.text1(`SELECT substr('xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', 1, count(*) % 30) FROM clients`)))
		}},
		{name: "a month that is sent when a day says so", sent: func(o *office, m message) []message {
			if o.text1(`SELECT coalesce(max(substr(opened_on, 9, 2)) % 2, 0) FROM cases`) == "1" {
				return nil
			}
			return []message{m}
		}},
		{name: "an inbox that says how much waits", sent: func(o *office, m message) []message {
			m.line = strings.Replace(m.line, release.Inbox(o.orgUnit)+".", release.Inbox(o.orgUnit)+"."+o.text1(`SELECT count(*) FROM clients`)+".", 1)
			return []message{m}
		}},
		{name: "a header of a call", called: func(o *office, md metadata.MD) metadata.MD {
			md.Set("x-rows", o.text1(`SELECT count(*) FROM audit`))
			return md
		}},
		{name: "a file named after somebody", turn: func(o *office, h *heard) {
			h.say(byFiles, "exports/%s.csv", o.text1(`SELECT given_names FROM clients ORDER BY id LIMIT 1`))
		}},
	}
}

// text1 returns the one value of a query, "" when there is none.
func (o *office) text1(statement string) string {
	var v string
	_ = o.node.DB.QueryRow(context.Background(), statement, nil).Scan(&v)
	return v
}

// resealed changes the numbers of a release.
func resealed(change func(*office, *releasev1.Release)) func(*office, message) []message {
	return func(o *office, m message) []message {
		opened, err := release.Open(m.data)
		if err != nil {
			return []message{m}
		}
		change(o, opened.Release)
		if m.data, err = release.Encode(opened.Release); err != nil {
			m.data = []byte(err.Error())
		}
		return []message{m}
	}
}

// of is what an expression over the events e of a group says; they are joined with the
// amounts r and the cases c that they follow from.
func (o *office) of(r *releasev1.Release, t *releasev1.Table, g *releasev1.Group, expression string) string {
	var v string
	_ = o.node.DB.QueryRow(context.Background(), `
SELECT coalesce(`+expression+`, '')
FROM ledger_groups g
JOIN ledger_events e ON e.group_id = g.id
LEFT JOIN recoveries r ON r.id = e.source_id
LEFT JOIN cases c ON c.id = e.source_id
WHERE g.sequence = @sequence AND g.data_set = @set AND g.level = @level AND g.category_option = @code`, sqlite.Args{
		"sequence": r.GetSequence(), "set": t.GetDataSet(), "level": uint32(g.GetLevel()), "code": g.GetCategoryOption(),
	}).Scan(&v)
	return v
}

func byRows(o *office, r *releasev1.Release) {
	for _, t := range r.Tables {
		first := map[*releasev1.Group]string{}
		for _, g := range t.Groups {
			first[g] = o.of(r, t, g, `min(e.source_id)`)
		}
		slices.SortFunc(t.Groups, func(a, b *releasev1.Group) int { return cmp.Compare(first[a], first[b]) })
	}
}

func byDay(o *office, r *releasev1.Release) {
	for _, t := range r.Tables {
		for _, g := range t.Groups {
			if day := o.of(r, t, g, `min(c.opened_on)`); len(day) == len("2006-01-02") && day[8:] > "02" {
				g.FromPeriod = uint32(civil.Month(g.GetFromPeriod()).Add(1))
			}
		}
	}
}

func toTheCent(o *office, r *releasev1.Release)     { amounts(o, r, `sum(e.amount_minor)`) }
func largestAmount(o *office, r *releasev1.Release) { amounts(o, r, `max(e.amount_minor)`) }

func amounts(o *office, r *releasev1.Release, expression string) {
	for _, t := range r.Tables {
		for _, g := range t.Groups {
			if g.GetAmountHundreds() > 0 {
				_, _ = fmt.Sscan(o.of(r, t, g, expression), &g.AmountHundreds)
			}
		}
	}
}
