// Package backup makes backups of a node, proves that each can be restored, and
// restores them.
//
// A backup is three files at one place. backup-000042.tar.age is a tar with the
// database as plain SQLite pages, the key file of the vault, and all attachments
// as they are, under the keys of their cases. keys-000042.tar.age has those keys
// and the erasure journal; it is kept for weeks only, so that what was erased
// stays erased. backup-000042.json has numbers and hashes of both, signed. The
// first two are encrypted in the age format, to a key of the vault's and to the
// recovery words: the age program, tar and any SQLite program open them without
// this one. No plain byte touches a disk on the way, in either direction.
//
// A backup counts when it was read back from its place, restored into an
// encrypted scratch file, and held against what went in: hashes, rows,
// integrity, the audit, the chain of releases, every attachment opened. The
// office is warned by the days since that happened last.
//
// Rules are in backup.go and rotate.go, operations in service.go and run.go, the
// way into an archive in write.go and archive.go, the way back in read.go and
// check.go, restoring in restore.go and the files named after it, drills of it in
// drill.go, SQL in sql.go and sql_drills.go, and pages in http.go and http_drill.go
// with the templates beside them. Places are in the package store.
package backup

import (
	"strings"
	"time"

	"casehub/internal/errs"
	"casehub/node/backup/store"
	"casehub/node/vault"
)

// Purposes of keys of the vault.
const (
	identityPurpose  = "casehub/backup/v1"
	signaturePurpose = "casehub/backup-signature/v1"
)

// Errors of backups. The end of each key is the code that is kept and shown.
var (
	// ErrBusy reports a backup that runs already.
	ErrBusy = errs.New(errs.Conflict, "backup.busy")
	// ErrDiskFull reports too little room on the node's own disk.
	ErrDiskFull = errs.New(errs.Unavailable, "backup.disk-full")
	// ErrDamaged reports a backup whose bytes are not those that were written.
	ErrDamaged = errs.New(errs.Conflict, "backup.damaged")
	// ErrForged reports a manifest that this node did not sign.
	ErrForged = errs.New(errs.Conflict, "backup.forged")
	// ErrIntegrity reports a database that does not hold together.
	ErrIntegrity = errs.New(errs.Conflict, "backup.integrity")
	// ErrRows reports tables with other rows than went in.
	ErrRows = errs.New(errs.Conflict, "backup.rows")
	// ErrAttachments reports attachments that are missing or cannot be opened.
	ErrAttachments = errs.New(errs.Conflict, "backup.attachments")
	// ErrAudit reports a broken audit, ErrReleases a broken chain of releases.
	ErrAudit    = errs.New(errs.Conflict, "backup.audit-broken")
	ErrReleases = errs.New(errs.Conflict, "backup.releases-broken")
	// ErrWords reports recovery words that open none of the backups.
	ErrWords = errs.New(errs.Forbidden, "backup.wrong-words").On("words")
	// ErrNone reports a place without a backup, or without the one asked for.
	ErrNone = errs.New(errs.NotFound, "backup.none")
	// ErrNotEmpty reports a folder to restore into that has something in it.
	ErrNotEmpty = errs.New(errs.Conflict, "backup.not-empty").On("data")
	// ErrRestoring reports a folder into which somebody else restores just now.
	ErrRestoring = errs.New(errs.Conflict, "backup.restoring").On("data")
	// ErrNoPlace reports a node that has no such place for backups.
	ErrNoPlace = errs.New(errs.NotFound, "backup.no-place")
	// ErrPath reports a folder that is not named from the root of a disk.
	ErrPath = errs.New(errs.Invalid, "backup.path-wrong").On("path")
	// ErrInside reports a folder inside the node's own.
	ErrInside = errs.New(errs.Invalid, "backup.path-inside").On("path")
	// ErrHour reports what is no hour of a day.
	ErrHour = errs.New(errs.Invalid, "backup.hour-wrong").On("hour")

	// errInterrupted is what becomes of a backup whose program died.
	errInterrupted = errs.New(errs.Unavailable, "backup.interrupted")
	// errFailed is every failure that has no code of its own.
	errFailed = errs.New(errs.Internal, "backup.failed")
)

// codeOf returns the code of a failure, which says nothing personal.
func codeOf(err error) string {
	key := errFailed.Key()
	if e := errs.As(err); e != nil {
		if after, ok := strings.CutPrefix(e.Key(), "backup."); ok {
			return after
		}
		if e.Is(vault.ErrSealed) {
			return "sealed"
		}
	}
	return strings.TrimPrefix(key, "backup.")
}

// S3Place is the identifier of the store on another machine, of which there is
// at most one.
const S3Place = "s3"

// Place is where backups go.
type Place struct {
	ID string
	// Path is the folder, or address and bucket of a store.
	Path    string
	AddedAt time.Time
	Store   store.Store
}

// Backup is one backup that was begun.
type Backup struct {
	Sequence int
	Place    string
	BegunAt  time.Time
	// EndedAt is zero while it runs; VerifiedAt is zero until it was restored
	// and compared.
	EndedAt, VerifiedAt time.Time
	Size                int64
	// Failure is a code, "" when nothing failed.
	Failure string
}

// KeyOf returns the catalogue's key of what became of the backup.
func (b Backup) KeyOf() string {
	switch {
	case b.Failure != "":
		return "backup." + b.Failure
	case !b.VerifiedAt.IsZero():
		return "backup.verified"
	}
	return "backup.running"
}

// Badge returns the design's class of what became of the backup.
func (b Backup) Badge() string {
	switch {
	case b.Failure != "":
		return "badge-bad"
	case !b.VerifiedAt.IsZero():
		return "badge-good"
	}
	return "badge-accent"
}

// Level is how much a node's backups want attention.
type Level string

// The levels.
const (
	Good Level = "good"
	Warn Level = "warn"
	Bad  Level = "bad"
)

// Days without a verified backup from which on a node warns.
const (
	warnAfter = 7
	badAfter  = 14
)

// Status is how the backups of a node stand.
type Status struct {
	// Verified is when a backup was last restored and compared; zero is never.
	Verified time.Time
	// Days is the number of whole days since then.
	Days  int
	Level Level
}

// StatusAt judges by the last backup that was verified. A day in the future is a
// clock that was set back, and no reason to be at ease.
func StatusAt(verified, now time.Time) Status {
	s := Status{Verified: verified, Level: Bad}
	if verified.IsZero() {
		return s
	}
	since := now.Sub(verified)
	s.Days = max(0, int(since/(24*time.Hour)))
	switch {
	case since < -24*time.Hour, s.Days >= badAfter:
	case s.Days >= warnAfter:
		s.Level = Warn
	default:
		s.Level = Good
	}
	return s
}

// retryAfter is how long a node waits after a failure before it tries again by
// itself.
const retryAfter = time.Hour

// isDue reports whether a place wants a backup: none was verified since the
// last time the day reached the hour, and none failed within the last hour.
func isDue(hour int, last Backup, now time.Time) bool {
	mark := time.Date(now.Year(), now.Month(), now.Day(), hour, 0, 0, 0, now.Location())
	if mark.After(now) {
		mark = mark.AddDate(0, 0, -1)
	}
	switch {
	case last.BegunAt.Before(mark):
		return true
	case last.Failure == "" && !last.VerifiedAt.IsZero():
		return false
	}
	return now.Sub(last.BegunAt) >= retryAfter
}

// Step is what a backup is doing.
type Step string

// The steps of a backup and of a restore.
const (
	Copying   Step = "copying"
	Writing   Step = "writing"
	Reading   Step = "reading"
	Comparing Step = "comparing"
	Tidying   Step = "tidying"
)

// Progress is how far a backup or a restore has come; Done and Total are bytes,
// Total 0 when it is not known.
type Progress struct {
	Step        Step
	Done, Total int64
}

// Percent returns how much of the step is done.
func (p Progress) Percent() int {
	if p.Total <= 0 {
		return 0
	}
	return int(min(100, p.Done*100/p.Total))
}
