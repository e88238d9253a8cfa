package imports

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/internal/sqlite"
	"casehub/node/audit"
)

// ErrMoved reports a held row over which somebody else has typed since it was shown.
var ErrMoved = errs.New(errs.Conflict, "held.moved")

// typed is what somebody typed over a row, by the addresses of cells, and the revision
// that they saw.
type typed struct {
	texts    map[string]string
	revision string
}

// revision returns the revision of a row.
func (o *openRow) revision() string {
	sum := sha256.Sum256([]byte(o.kept + "\x00" + o.mended))
	return hex.EncodeToString(sum[:8])
}

// SaveEdits keeps what somebody typed in place of cells of a row, by their addresses; a
// cell that is not among texts stays as it is, and one that holds again what stood there
// is as if nobody had typed. Nothing is imported by it. It fails with ErrNoRow for a row
// that is not in quarantine, or not for the reader. Where the row has another revision
// than the one that they saw and holds something else than they typed, it fails with
// ErrMoved and keeps nothing: the row that it returns has both, and the revision of now.
func (s *Service) SaveEdits(ctx context.Context, who actor.Actor, run int64, mark, revision string, texts map[string]string) (EditRow, error) {
	p, err := s.toEdit(ctx, who, run)
	if err != nil {
		return EditRow{}, err
	}
	n, moved, row, err := s.saveEdits(ctx, who, p, map[string]typed{mark: {texts, revision}})
	switch {
	case err != nil:
	case moved > 0:
		err = ErrMoved
	case n == 0:
		err = ErrNoRow
	}
	return row, err
}

// saveEdits keeps what was typed for some rows, but for those that moved. It returns how
// many of them were kept and how many had moved, and the last.
func (s *Service) saveEdits(ctx context.Context, who actor.Actor, p PastRun, all map[string]typed) (n, moved int, last EditRow, err error) {
	err = s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		n, moved, last = 0, 0, EditRow{}
		sees, err := s.readerOf(ctx, tx, who, p)
		if err != nil {
			return fmt.Errorf("reading the quarantine: %w", err)
		}
		var rows []EditRow
		err = heldReader{tx, p, sees}.edits(ctx, slices.Sorted(maps.Keys(all)), func(r EditRow) error {
			of := all[r.Mark]
			asGiven := of.revision == "" && !r.Edited() // of a table that names no revision
			if of.revision != r.Revision && !asGiven && r.moved(of.texts) {
				moved++
			} else {
				put(r.Cells, r.Parts, of.texts)
				rows = append(rows, r)
			}
			last = r
			return nil
		})
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, r := range rows {
			text, err := r.text()
			if err != nil {
				return err
			}
			if err := updateMended(ctx, tx, p, r.Loc.File, r.Mark, text); err != nil {
				return fmt.Errorf("keeping a mended row: %w", err)
			}
		}
		n = len(rows)
		if moved == 0 && n == 1 { // as it is now, for who goes on with it
			err := heldReader{tx, p, sees}.edits(ctx, []string{last.Mark}, func(r EditRow) error {
				last = r
				return nil
			})
			if err != nil {
				return err
			}
		}
		return audit.Record(ctx, tx, sqlite.Stamp(s.now()), who, "import.mended", fmt.Sprintf("import-%d", p.ID))
	})
	return n, moved, last, err
}

// moved puts what was typed beside what somebody else has saved since, and reports whether
// these differ. A cell that was typed as its source has it was left alone.
func (r EditRow) moved(texts map[string]string) bool { return moved(r.Cells, r.Parts, texts) }

func moved(cells []EditCell, parts []EditPart, texts map[string]string) bool {
	differ := false
	for i := range cells {
		c := &cells[i]
		text, ok := texts[c.At]
		if text = plainLines(text); !ok || text == c.Text {
			continue
		}
		differ = true
		switch {
		case text == c.Was:
		case c.Changed():
			c.Theirs, c.Moved, c.Text = c.Text, true, text
		default:
			c.Text = text
		}
	}
	for _, p := range parts {
		differ = moved(p.Cells, p.Parts, texts) || differ
	}
	return differ
}

// put puts what was typed into cells.
func put(cells []EditCell, parts []EditPart, texts map[string]string) {
	for i := range cells {
		if text, ok := texts[cells[i].At]; ok {
			cells[i].Text = plainLines(text)
		}
	}
	for _, p := range parts {
		put(p.Cells, p.Parts, texts)
	}
}
