package web

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	form      = regexp.MustCompile(`(?is)<form\b[^>]*>.*?</form>`)
	changing  = regexp.MustCompile(`(?i)^<form\b[^>]*(\bmethod\s*=\s*["']?post|\bhx-(post|put|patch|delete)\b)`)
	filtering = regexp.MustCompile(`(?i)^<form\b[^>]*\bmethod\s*=\s*["']?get\b`)
	control   = regexp.MustCompile(`(?is)<(input|textarea)\b[^>]*>|\{\{-?\s*template\s+"field"`)
	chosen    = regexp.MustCompile(`(?i)\btype\s*=\s*["']?(hidden|checkbox|radio|submit|reset|button|date|month|week|number)\b`)
	asking    = regexp.MustCompile(`(?is)<(input|textarea)\b[^>]*\bhx-get\b`)
	file      = regexp.MustCompile(`(?i)\btype\s*=\s*["']?file\b`)
)

// safe finds forms that would let somebody else change something, or would put
// what a person types into an address, where histories and logs keep it. An
// address holds identifiers and what was chosen from a list, never a name.
func safe(text string) error {
	for _, f := range form.FindAllString(text, -1) {
		if err := safeForm(f); err != nil {
			return fmt.Errorf("%w: %.60s", err, f)
		}
	}
	if found := asking.FindString(text); found != "" {
		return fmt.Errorf("a field asks with its words in the address, use hx-post: %.60s", found)
	}
	return nil
}

func safeForm(f string) error {
	token := strings.Index(f, "{{csrf}}")
	switch {
	case changing.MatchString(f):
		if token < 0 {
			return fmt.Errorf("a form lacks {{csrf}}")
		}
		if at := file.FindStringIndex(f); at != nil && at[0] < token {
			return fmt.Errorf("a form has a file before its {{csrf}}")
		}
	case !filtering.MatchString(f):
		return fmt.Errorf("a form does not say how it is sent")
	case token >= 0:
		return fmt.Errorf("a form would put its token into the address")
	default:
		for _, c := range control.FindAllString(f, -1) {
			if !chosen.MatchString(c) {
				return fmt.Errorf("a form would put typed words into the address")
			}
		}
	}
	return nil
}
