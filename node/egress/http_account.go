package egress

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/release"
	"casehub/internal/web"
	"casehub/node/access"
	"casehub/node/cases"
	"casehub/node/ledger"
	"casehub/node/vault"
	releasev1 "casehub/proto/casehub/release/v1"
)

// routesOfAccount adds the pages that open numbers to their records, inside the
// office and for whoever nothing is kept from.
func (p *pages) routesOfAccount(site *web.Site) {
	site.Handle("GET /releases/{sequence}/groups/{group}", "releases.read", p.group)
	site.Handle("GET /balance", "releases.read", p.balance)
	site.Handle("GET /balance/{set}/{part}", "releases.read", p.part)
}

// linesAPage is how many records a page lists.
const linesAPage = 50

// opens reports whether the numbers of a measure open to the reader, 0 for those of
// cases. What was published is the same for everybody, so a list from which one line
// is missing would tell which number has a case that is kept from its reader: whoever
// does not read every case, or is kept from one of which anything was published, opens
// none. Of a wall before any other case nothing is to be noticed.
func (p *pages) opens(r *http.Request, set uint32) (bool, error) {
	who, ctx := web.Actor(r), r.Context()
	whole, err := p.access.ReadsAll(ctx, p.gate.db, who)
	if err != nil || !whole {
		return false, err
	}
	keeps, err := p.gate.ledger.Keeps(ctx, p.gate.db, p.access.Walled(who))
	if err != nil || keeps {
		return false, err
	}
	for _, action := range everywhere(p.table(set)) {
		if whole, err = p.access.Everywhere(ctx, who, action); err != nil || !whole {
			return false, err
		}
	}
	return true, nil
}

// table is the table of a measure's records.
func (p *pages) table(set uint32) string {
	found, _ := p.gate.reg.DataSet(set)
	rule, _ := ledger.EventRules().Of(found)
	return rule.Table
}

// openTables gives the numbers of a release the addresses of their records.
func (p *pages) openTables(r *http.Request, sequence uint32, tables []sentTable) error {
	for i := range tables {
		opens, err := p.opens(r, tables[i].DataSet)
		if err != nil {
			return err
		}
		for j := range tables[i].Lines {
			if l := &tables[i].Lines[j]; opens {
				l.Path = groupPath(sequence, tables[i].DataSet, l.Level, l.Code)
			}
		}
	}
	return nil
}

// openWaiting does the same for what waits.
func (p *pages) openWaiting(r *http.Request, tables []waitingTable) error {
	for i := range tables {
		opens, err := p.opens(r, tables[i].DataSet)
		if err != nil {
			return err
		}
		for j := range tables[i].Lines {
			l := &tables[i].Lines[j]
			part := ledger.WaitsFirst
			if l.Fell {
				part = ledger.WaitsAgain
			}
			if opens {
				l.Path = partPath(tables[i].DataSet, part, l.Code)
			}
		}
	}
	return nil
}

func groupPath(sequence, set, level uint32, code codelist.Code) string {
	return fmt.Sprintf("/releases/%d/groups/%d-%d-%d", sequence, set, level, code)
}

func partPath(set uint32, part ledger.Part, code codelist.Code) string {
	path := fmt.Sprintf("/balance/%d/%s", set, part)
	if code != 0 {
		path += "?code=" + web.CodeValue(code)
	}
	return path
}

// accounted adds to a release's page what opens its numbers, what fell with it, the
// month's account, and the key that it was sealed with.
func (p *pages) accounted(r *http.Request, s *sheet, sealed []byte) error {
	if err := p.openTables(r, s.Sequence, s.Tables); err != nil {
		return err
	}
	if s.Voids > 0 {
		_, message, _, err := p.gate.Sent(r.Context(), s.Voids)
		if err != nil {
			return err
		}
		for _, t := range message.GetTables() {
			s.Fell = append(s.Fell, p.sent(t, web.Language(r)))
		}
		if err := p.openTables(r, s.Voids, s.Fell); err != nil {
			return err
		}
	}
	o, err := release.Open(sealed)
	if err != nil {
		return err
	}
	s.Key = p.keyOf(o.Sealed.GetKeyId(), web.Language(r))
	if s.Kind == releasev1.ReleaseKind_RELEASE_KIND_VOID {
		return nil
	}
	s.Account, err = p.monthOf(r, s.Period)
	return err
}

// Fallen is the sheet of what fell.
func (s sheet) Fallen() sheet { return sheet{Currency: s.Currency, Tables: s.Fell} }

// keyOf returns the office's public key of a number, also one of before.
func (p *pages) keyOf(id uint32, language string) releaseKey {
	key, ok := p.gate.keys.public[id]
	if !ok {
		return releaseKey{Number: id}
	}
	return releaseKey{Number: id, Hex: hex.EncodeToString(key), Words: vault.Spoken(key, language)}
}

// Spoken is the key in words, as it is read out.
func (k releaseKey) Spoken() string { return strings.Join(k.Words, " ") }

// monthOf returns the movement of a month's cases as far as the reader may count
// them, nil where they may not.
func (p *pages) monthOf(r *http.Request, m civil.Month) (*monthAccount, error) {
	ctx, who := r.Context(), web.Actor(r)
	if may, err := access.Allowed(p.access.May(ctx, who, "figures.read")); err != nil || !may {
		return nil, err
	}
	span := cases.Span{From: m, To: m}
	a, err := cases.NewBooks(p.gate.db, p.gate.reg, p.access).Account(ctx, who, span)
	if err != nil {
		return nil, err
	}
	total := a.Total()
	v := &monthAccount{Month: m, Holds: total.Holds(), Path: "/case-account?" + url.Values{"from": {fmt.Sprint(uint32(m))}, "to": {fmt.Sprint(uint32(m))}}.Encode()}
	for _, part := range cases.Parts() {
		cell := accountCell{Key: part.KeyOf(), Number: total.Of(part)}
		if a.Opens && cell.Number > 0 {
			cell.Path = cases.AccountPath(span, part, 0)
		}
		v.Cells = append(v.Cells, cell)
	}
	return v, nil
}

// recordList is the data of a page that lists the records behind a number.
type recordList struct {
	DataSet            uint32
	Measure, Code      string
	Money              bool
	Currency           string
	Lines              []recordLine
	Path, After, Later string
	// Group is the number of a release, nil for a part of a measure.
	Group *ledger.PublishedGroup
	Month civil.Month
	// Agrees says that the sealed bytes hold the same number.
	Agrees bool
	// Part and Total are those of a part of a measure.
	Part  ledger.Part
	Total int64
	// Waiting says of what waits why it does, and Kept how much has no reason to be
	// shown: its erasure is awaited, or its record is gone since.
	Waiting []waitingLine
	Kept    int64
}

// LevelKey returns the catalogue's key of what the number is.
func (l recordList) LevelKey() string { return previewLine{Level: l.Group.Level}.KeyOf() }

// ShowsToday says that the list puts what was counted beside what the records say.
func (l recordList) ShowsToday() bool { return l.Part != ledger.Today && l.Part != ledger.Unread }

// PartKey returns the catalogue's key of the part.
func (l recordList) PartKey() string { return "egress.part-" + string(l.Part) }

// Published is the amount that was published, in minor units.
func (l recordList) Published() int64 { return l.Group.AmountHundreds * l.Group.MinorPerHundred }

// Holds reports whether all of it agrees.
func (l recordList) Holds() bool { return l.Agrees && l.Group.Holds() }

// More returns the address of the page that follows.
func (l recordList) More() string {
	sign := "?"
	if strings.Contains(l.Path, "?") {
		sign = "&"
	}
	return l.Path + sign + url.Values{"after": {l.After}}.Encode()
}

// records begins the page of a measure's records, for whom they open.
func (p *pages) records(r *http.Request, set uint32) (recordList, access.Filter, error) {
	found, ok := p.gate.reg.DataSet(set)
	if !ok {
		return recordList{}, access.Filter{}, ErrNotFound
	}
	opens, err := p.opens(r, set)
	if err == nil && !opens {
		err = access.ErrForbidden
	}
	if err != nil {
		return recordList{}, access.Filter{}, err
	}
	clients, err := p.access.Clients(r.Context(), web.Actor(r), "clients.read")
	return recordList{
		DataSet: set, Measure: found.In(web.Language(r)), Money: found.Money, Currency: p.currency, Later: r.FormValue("after"),
	}, clients, err
}

// group answers GET /releases/{sequence}/groups/{group}.
func (p *pages) group(w http.ResponseWriter, r *http.Request) error {
	sequence, err := number(r)
	if err != nil {
		return err
	}
	var set, level, code uint32
	if _, err := fmt.Sscanf(r.PathValue("group"), "%d-%d-%d", &set, &level, &code); err != nil {
		return ErrNotFound
	}
	ctx, g := r.Context(), p.gate
	rel, message, _, err := g.Sent(ctx, sequence)
	if err != nil {
		return err
	}
	v, clients, err := p.records(r, set)
	if err != nil {
		return err
	}
	found, err := g.ledger.Opened(ctx, g.db, sequence, set, level, codelist.Code(code))
	if err != nil {
		return err
	}
	page, err := g.ledger.MembersOf(ctx, g.db, found, clients, v.Later, linesAPage)
	if err != nil {
		return err
	}
	v.Group, v.Month, v.Agrees = &found, rel.Period, onWire(message, found)
	v.Code, v.Path, v.After = g.reg.Label(found.Code, web.Language(r)), groupPath(sequence, set, level, found.Code), page.Next
	v.Lines = recordLines(g.reg, p.table(set), web.Language(r), page.Lines)
	return p.Page(w, r, http.StatusOK, "group-records", v)
}

// onWire reports whether the sealed release has the group as the ledger has it.
func onWire(m *releasev1.Release, g ledger.PublishedGroup) bool {
	for _, t := range m.GetTables() {
		if t.GetDataSet() != g.DataSet {
			continue
		}
		return slices.ContainsFunc(t.GetGroups(), func(w *releasev1.Group) bool {
			return groupOnWire(g.DataSet, w) == wireGroup{g.DataSet, uint32(g.Code), g.Level, uint32(g.From), uint32(g.Value), uint32(g.AmountHundreds)}
		})
	}
	return false
}

// balanceParts are the columns of the page.
var balanceParts = []ledger.Part{ledger.Today, ledger.Published, ledger.Pending, ledger.Waits, ledger.Elsewhere, ledger.Unread, ledger.Erased}
