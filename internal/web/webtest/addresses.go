package webtest

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"casehub/internal/web"
)

var (
	hole    = regexp.MustCompile(`\{([a-zA-Z]+)(\.\.\.)?\}|\{\$\}`)
	literal = regexp.MustCompile(`^[a-z0-9/.{}-]*$`)
)

// Addresses fails t where the address of a route has room for anything but the
// holes that are named, which hold identifiers and codes: addresses stay in
// histories and logs, and no name may stand in one. It returns the routes that
// a person may ask for with GET.
func Addresses(t testing.TB, routes []web.Route, holes ...string) []string {
	t.Helper()
	if len(routes) < 2 {
		t.Error("no routes were looked at")
	}
	var reads []string
	for _, r := range routes {
		method, path, ok := strings.Cut(r.Pattern, " ")
		if !ok {
			t.Errorf("%s answers every method", r.Pattern)
			continue
		}
		for _, fault := range inAddress(path, holes) {
			t.Errorf("%s: %s", r.Pattern, fault)
		}
		if method == "GET" {
			reads = append(reads, path)
		}
	}
	return reads
}

func inAddress(path string, holes []string) []string {
	var faults []string
	for _, m := range hole.FindAllStringSubmatch(path, -1) {
		switch {
		case m[2] != "":
			faults = append(faults, "has room for any path")
		case m[1] != "" && !slices.Contains(holes, m[1]):
			faults = append(faults, "has room for {"+m[1]+"}, which is none of the identifiers")
		}
	}
	if plain := hole.ReplaceAllString(path, ""); !literal.MatchString(plain) {
		faults = append(faults, "is not in small letters")
	}
	return faults
}
