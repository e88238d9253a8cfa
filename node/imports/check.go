package imports

import (
	"context"
	"slices"

	"casehub/adapters"
	"casehub/internal/civil"
)

// checkDraft finds references to nothing and keys that came before.
func (d *decider) checkDraft(f *draft, before []draft) {
	if f.state != taken {
		return
	}
	if d.keptFrom(f) {
		f.hold(f.nowhere())
		return
	}
	d.relink(f)
	for _, p := range f.parents {
		if before[p.at].state == quarantined {
			f.hold(problemAt(adapters.ReferenceMissing, p.field, "", ""))
			return
		}
	}
	d.checkRefs(f, before)
	if d.manifold(f) {
		f.hold(problemAt(adapters.DuplicateKey, "", f.stream.keyColumn(), ""))
		return
	}
	d.settleFinds(f)
	if f.stream.to.name == toService && f.state == taken && f.get("case")+f.get("consultation") == "" {
		f.hold(problemAt(adapters.ReferenceMissing, "case", f.columnOf("case"), "")) // it belongs to nothing
	}
	d.oneSurvey(f)
	if f.state != taken {
		return
	}
	first, again := d.of[f.stream].seen[short(f.key)]
	if !again {
		first, again = sameKeyBefore(before, f)
	}
	switch {
	case !again:
		d.identify(f)
	case !f.stream.repeats:
		f.hold(problemAt(adapters.DuplicateKey, "", f.stream.keyColumn(), ""))
	case first == valuesHash(f.values):
		f.leaveOut("repeated")
	default:
		f.leaveOut("repeated_differently")
	}
}

// checkRefs holds a draft back, or leaves a field empty, where a reference points to
// nothing, to something hidden, or to one of several.
func (d *decider) checkRefs(f *draft, before []draft) {
	for i := range f.refs {
		ref := &f.refs[i]
		at := d.of[ref.stream]
		_, now := at.seen[short(ref.key)]
		now = now || madeBefore(before, *ref)
		then := at.knows(ref.key)
		now = now || !then && d.byOther(f, ref)
		if at.twice[short(ref.key)] && !then {
			f.hold(problemAt(adapters.ReferenceAmbig, ref.field, ref.column, ""))
			continue
		}
		missing := !now && !then || d.hidden[d.idOf(ref.stream, ref.key)] && !d.byThisRun(f)
		switch {
		case missing && ref.drop:
			f.values[ref.at] = ""
			f.warn(problemAt(adapters.ReferenceMissing, ref.field, ref.column, ""))
		case missing:
			f.hold(problemAt(adapters.ReferenceMissing, ref.field, ref.column, ""))
		default:
			d.checkDay(f, *ref)
		}
	}
}

// checkPaper holds a new document back whose content is not there.
func (d *decider) checkPaper(ctx context.Context, f *draft) error {
	if f.stream.to.name != toDocument || f.state != taken {
		return nil
	}
	if d.of[f.stream].knows(f.key) {
		return nil
	}
	code, err := probe(ctx, d.src, f.get("blob"), f.row.value("md5").Raw)
	if err == nil && code != "" {
		f.paperMissing(code)
	}
	return err
}

// paperMissing holds a document back. The record that it belongs to is taken all the
// same: an old system has lost files, and a case is one without them.
func (d *draft) paperMissing(code adapters.Code) {
	d.hold(problemAt(code, "blob", d.columnOf("blob"), d.get("name")))
	d.alone = true
}

// dayOfTarget names the day of a target that belongs to a case.
var dayOfTarget = map[string]string{
	toReferral: "referred_on", toRecovery: "received_on", toComplaint: "filed_on", toService: "given_on",
}

// checkDay holds back what happened before its case was opened, where the case
// is of another row.
func (d *decider) checkDay(f *draft, ref refKey) {
	day := dayOfTarget[f.stream.to.name]
	if day == "" || ref.stream.to.name != toCase {
		return
	}
	opened, now := d.of[ref.stream].opened[short(ref.key)]
	if !now {
		is, ok := d.now[d.idOf(ref.stream, ref.key)]
		if !ok {
			return
		}
		opened = civil.Date(is.values[ref.stream.to.index("opened_on")])
	}
	if f.get(day) < string(opened) {
		f.holdDay(day)
	}
}

// madeBefore reports whether an earlier draft of the same record makes what is
// referred to.
func madeBefore(before []draft, ref refKey) bool {
	for i := range before {
		if before[i].stream == ref.stream && before[i].key == ref.key && before[i].state == taken {
			return true
		}
	}
	return false
}

// sameKeyBefore returns the hash of an earlier draft of the same record that has the
// stream and the key of f: two children with one key.
func sameKeyBefore(before []draft, f *draft) (hash uint64, found bool) {
	for i := range before {
		if before[i].stream == f.stream && before[i].key == f.key && before[i].state == taken {
			return valuesHash(before[i].values), true
		}
	}
	return 0, false
}

// allOrNothing holds a record back with all its children where one of them is held
// back: half a case is none.
func allOrNothing(all []draft) {
	if !slices.ContainsFunc(all, func(f draft) bool { return f.row.up != nil }) ||
		!slices.ContainsFunc(all, func(f draft) bool { return f.state == quarantined && !f.alone }) {
		return
	}
	for i := range all {
		if all[i].state == taken {
			all[i].hold(problem{code: adapters.RecordHeld})
		}
	}
}

// withoutNobody leaves out new clients of whom nothing at all is known and to whom nothing
// else of the row belongs. Where rows refer to clients by key, each may be somebody's.
func (d *decider) withoutNobody(all []draft) {
	for i := range all {
		f := &all[i]
		if f.stream.to.name != toClient || f.state != taken || d.m.aggregate || d.m.pointedAt(f.stream) || d.of[f.stream].knows(f.key) || f.anybody() {
			continue
		}
		if !slices.ContainsFunc(all, func(o draft) bool {
			return o.state != skipped && slices.ContainsFunc(o.parents, func(p parent) bool { return p.at == i })
		}) {
			f.leaveOut("nobody")
		}
	}
}

// anybody reports whether anything is known of a client.
func (f *draft) anybody() bool {
	for i, fl := range f.stream.to.fields {
		if f.values[i] != "" && f.values[i] != fl.standard && fl.name != "birth_precision" && fl.name != "legacy" {
			return true
		}
	}
	return len(f.problems) > 0
}

// withoutPartners leaves out the drafts that may only come with another one.
func withoutPartners(all []draft) {
	for i := range all {
		f := &all[i]
		if f.stream.onlyWith == "" || f.state != taken {
			continue
		}
		for j := range all {
			if all[j].stream.name == f.stream.onlyWith && all[j].state != taken && f.row.isOf(all[j].row) {
				f.leaveOut("without_" + f.stream.onlyWith)
			}
		}
	}
}

func (s *stream) keyColumn() string {
	if len(s.key.columns) > 0 {
		return s.key.columns[0]
	}
	return ""
}
