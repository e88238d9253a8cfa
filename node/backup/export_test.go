package backup

import (
	"time"

	"casehub/node/backup/store"
)

// Kept is a verified backup, for tests of what is kept.
type Kept = kept

// Outlived is what is to go.
func Outlived(list []Kept, now time.Time) []store.Name { return outlived(list, now) }

// IsDue is whether a place wants a backup.
func IsDue(hour int, last Backup, now time.Time) bool { return isDue(hour, last, now) }

// CodeOf is the code of a failure.
func CodeOf(err error) string { return codeOf(err) }
