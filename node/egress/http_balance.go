package egress

import (
	"net/http"
	"strconv"

	"casehub/internal/codelist"
	"casehub/internal/web"
	"casehub/node/access"
	"casehub/node/ledger"
)

// balanceView is the data of the page that says where every record is.
type balanceView struct {
	Rows []balanceRow
	// Shut says that some measures are not for the reader.
	Shut bool
}

// balanceRow is one measure.
type balanceRow struct {
	Label string
	ledger.Stand
	Cells []accountCell
	// Gone is what is no part of the sum.
	Gone accountCell
}

// balance answers GET /balance.
func (p *pages) balance(w http.ResponseWriter, r *http.Request) error {
	stands, err := p.gate.ledger.Stands(r.Context(), p.gate.db, p.access.Walled(web.Actor(r)))
	if err != nil {
		return err
	}
	var v balanceView
	for _, s := range stands {
		opens, err := p.opens(r, s.DataSet)
		if err != nil {
			return err
		}
		if !opens {
			v.Shut = true
			continue
		}
		set, _ := p.gate.reg.DataSet(s.DataSet)
		row := balanceRow{Label: set.In(web.Language(r)), Stand: s, Gone: partCell(s, ledger.Withdrawn)}
		for _, part := range balanceParts {
			row.Cells = append(row.Cells, partCell(s, part))
		}
		v.Rows = append(v.Rows, row)
	}
	if len(v.Rows) == 0 {
		return access.ErrForbidden
	}
	return p.Page(w, r, http.StatusOK, "balance-page", v)
}

// partCell is one number of a measure.
func partCell(s ledger.Stand, part ledger.Part) accountCell {
	c := accountCell{Key: "egress.part-" + string(part), Number: s.Of(part)}
	if c.Number != 0 {
		c.Path = partPath(s.DataSet, part, 0)
	}
	if part == ledger.Erased {
		c.Number = -c.Number
	}
	return c
}

// publishedList is the data of the page of all groups of a measure that count.
type publishedList struct {
	Measure, Currency string
	Money             bool
	Lines             []publishedLine
	Total             int64
}

type publishedLine struct {
	sentLine
	Sequence uint32
}

// part answers GET /balance/{set}/{part}.
func (p *pages) part(w http.ResponseWriter, r *http.Request) error {
	set, err := strconv.ParseUint(r.PathValue("set"), 10, 32)
	if err != nil {
		return ErrNotFound
	}
	v, clients, err := p.records(r, uint32(set))
	if err != nil {
		return err
	}
	v.Part = ledger.Part(r.PathValue("part"))
	if v.Part == ledger.Published {
		return p.published(w, r, v)
	}
	ctx, g, code, walled := r.Context(), p.gate, web.ReadCode(r.FormValue("code")), p.access.Walled(web.Actor(r))
	page, err := g.ledger.MembersIn(ctx, g.db, v.DataSet, v.Part, code, clients, walled, v.Later, linesAPage)
	if err != nil {
		return err
	}
	if v.Total, err = g.ledger.SumIn(ctx, g.db, v.DataSet, v.Part, code, walled); err != nil {
		return err
	}
	if code != 0 {
		v.Code = g.reg.Label(code, web.Language(r))
	}
	if err := p.reasons(r, &v, code); err != nil {
		return err
	}
	v.Path, v.After = partPath(v.DataSet, v.Part, code), page.Next
	v.Lines = recordLines(g.reg, p.table(v.DataSet), web.Language(r), page.Lines)
	return p.Page(w, r, http.StatusOK, "part-records", v)
}

// reasons says why what waits of a measure does.
func (p *pages) reasons(r *http.Request, v *recordList, code codelist.Code) error {
	if v.Part != ledger.Waits || code != 0 {
		return nil
	}
	last, err := selectLast(r.Context(), p.gate.db)
	if err != nil {
		return err
	}
	h, err := p.held(r, last.period)
	if err != nil {
		return err
	}
	for _, t := range h.Waiting {
		if t.DataSet == v.DataSet {
			v.Waiting = t.Lines
		}
	}
	v.Kept, err = p.gate.ledger.KeptIn(r.Context(), p.gate.db, v.DataSet, p.access.Walled(web.Actor(r)))
	return err
}

// published shows the groups of a measure that count, each of which opens.
func (p *pages) published(w http.ResponseWriter, r *http.Request, l recordList) error {
	groups, err := p.gate.ledger.Leaving(r.Context(), p.gate.db, l.DataSet)
	if err != nil {
		return err
	}
	v := publishedList{Measure: l.Measure, Currency: l.Currency, Money: l.Money}
	for _, g := range groups {
		line := sentLine{
			Path: groupPath(g.Sequence, g.DataSet, g.Level, g.Code), Label: p.gate.reg.Label(g.Code, web.Language(r)),
			Level: g.Level, From: g.From, Value: g.Value, Hundreds: g.AmountHundreds,
		}
		v.Lines = append(v.Lines, publishedLine{line, g.Sequence})
		v.Total += g.Value
	}
	return p.Page(w, r, http.StatusOK, "published-groups", v)
}
