package backup

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/internal/reference"
	"casehub/internal/sqlite"
	"casehub/node/audit"
	"casehub/node/vault"
)

// drillPurpose is that of the key under which a restore's code is made.
const drillPurpose = "casehub/restore-drill/v1"

// drillEvery is how often somebody has to restore on another machine with the
// paper.
const drillEvery = 90 * 24 * time.Hour

var (
	// ErrDrillCode reports a code that no restore of this node's backups printed.
	ErrDrillCode = errs.New(errs.Invalid, "backup.drill-code-wrong").On("code")
	// ErrDrilled reports the code of a drill that is recorded already.
	ErrDrilled = errs.New(errs.Invalid, "backup.drill-recorded").On("code")
)

// Drill is a restore on another machine, with the paper.
type Drill struct {
	Sequence int // of the backup
	At       time.Time
	Person   string // identifier of who recorded it
}

// DrillState says whether a drill is due.
type DrillState struct {
	Last Drill // zero: none was recorded
	// Days since the last drill, or since the first backup where there was none.
	Days int
	Due  bool
}

// drillState judges by the last drill, and by the first proven backup where there
// was none.
func drillState(last Drill, first, now time.Time) DrillState {
	since := last.At
	if since.IsZero() {
		since = first
	}
	if since.IsZero() {
		return DrillState{} // without a backup there is nothing to drill
	}
	gone := now.Sub(since)
	return DrillState{Last: last, Days: max(0, int(gone/(24*time.Hour))), Due: gone >= drillEvery || gone < -24*time.Hour}
}

// alphabet has no I, L, O and U.
var alphabet = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// drillCode is what a whole restore of a backup prints, "42-7KQ4-MX2P": 40 bits
// under a key that only the words, or a node that is open, can give.
func drillCode(key vault.Key, sequence int) string {
	h := hmac.New(sha256.New, key[:])
	fmt.Fprintf(h, "backup %d", sequence)
	s := alphabet.EncodeToString(h.Sum(nil)[:5])
	return fmt.Sprintf("%d-%s-%s", sequence, s[:4], s[4:])
}

// drilled returns the backup whose code was typed. It fails with ErrDrillCode.
func drilled(keys []vault.Key, typed string) (int, error) {
	number, rest, ok := strings.Cut(strings.TrimSpace(typed), "-")
	sequence, err := strconv.Atoi(strings.TrimSpace(number))
	if !ok || err != nil || sequence < 1 {
		return 0, ErrDrillCode
	}
	plain := func(s string) string { return strings.ReplaceAll(reference.Normal(s), "-", "") }
	for _, k := range keys {
		_, want, _ := strings.Cut(drillCode(k, sequence), "-")
		if hmac.Equal([]byte(plain(rest)), []byte(plain(want))) {
			return sequence, nil
		}
	}
	return 0, ErrDrillCode
}

// RecordDrill notes that somebody restored a backup on another machine, by the code
// that the restore printed. It fails with ErrDrillCode and ErrDrilled.
func (s *Service) RecordDrill(ctx context.Context, who actor.Actor, code string) error {
	if err := s.o.Gate.May(ctx, who, "backup.manage"); err != nil {
		return err
	}
	now, err := s.o.Vault.Derive(drillPurpose)
	if err != nil {
		return err
	}
	former, err := s.o.Vault.Former(drillPurpose)
	if err != nil {
		return err
	}
	sequence, err := drilled(append([]vault.Key{now}, former...), code)
	if err != nil {
		return err
	}
	return s.o.DB.Tx(ctx, func(tx *sqlite.Tx) error {
		n, err := insertDrill(ctx, tx, Drill{sequence, s.o.Now(), who.ID})
		if err != nil {
			return fmt.Errorf("recording a drill: %w", err)
		}
		if n == 0 {
			return ErrDrilled
		}
		return audit.Record(ctx, tx, s.o.Now(), who, drillRecorded, fmt.Sprint(sequence))
	})
}

// Drill says whether a drill is due.
func (s *Service) Drill(ctx context.Context) (DrillState, error) {
	last, err := selectLastDrill(ctx, s.o.DB)
	if err != nil && !errors.Is(err, sqlite.ErrNoRows) {
		return DrillState{}, fmt.Errorf("reading the drills: %w", err)
	}
	first, err := selectFirstVerified(ctx, s.o.DB)
	if err != nil {
		return DrillState{}, fmt.Errorf("reading the drills: %w", err)
	}
	return drillState(last, first, s.o.Now()), nil
}
