// Package pagemark says where a page of a list ends, so that the next one begins
// there whatever was added meanwhile.
package pagemark

import (
	"strings"

	"casehub/internal/civil"
)

// Mark is the day and the identifier of the last record of a page, of a list with
// the latest day first. The zero Mark is the beginning.
type Mark struct {
	Day civil.Date
	ID  string
}

// String returns the mark as an address carries it, "" for none.
func (m Mark) String() string {
	if m.ID == "" {
		return ""
	}
	return string(m.Day) + "." + m.ID
}

// Parse reads a mark. What no page gave is the beginning.
func Parse(s string) Mark {
	day, id, _ := strings.Cut(s, ".")
	on, err := civil.Parse(day)
	if err != nil || id == "" {
		return Mark{}
	}
	return Mark{Day: on, ID: id}
}
