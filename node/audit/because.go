package audit

import (
	"strings"

	"casehub/internal/errs"
	"casehub/internal/text"
)

// errBecause reports a reason for deleting a record that says nothing.
var errBecause = errs.New(errs.Invalid, "audit.because-missing").On("reason")

// Limits of a reason: fewer characters say nothing.
const (
	becauseLeast = 5
	becauseMost  = 1000
)

// Because returns what the audit keeps of a record that was recorded by mistake and
// is deleted: what it said, and why it goes. It fails with an error of kind
// errs.Invalid that blames the field "reason".
func Because(why string, said []Change) ([]Change, error) {
	why = strings.TrimSpace(why)
	if len([]rune(why)) < becauseLeast {
		return nil, errBecause
	}
	return append(said, Field("removed_because", "", why)), text.Lines("reason", why, becauseMost)
}
