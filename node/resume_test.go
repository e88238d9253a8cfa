package node

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

var (
	formText   = regexp.MustCompile(`(?s)<form [^>]*action="([^"]*)".*?</form>`)
	labelText  = regexp.MustCompile(`<label for="([^"]+)">([^<]+)</label>`)
	inputText  = regexp.MustCompile(`<(?:input|select|textarea) id="([^"]+)"[^>]* name="([^"]+)"`)
	optionText = regexp.MustCompile(`(?s)<option value="([^"]+)"[^>]*>([^<]+)</option>`)
	radioText  = regexp.MustCompile(`(?s)<legend>([^<]+)</legend>\s*<div class="segments">\s*<label><input type="radio" name="([^"]+)" value="([^"]+)"[^>]*><span>([^<]+)</span>`)
)

// typedForm fills every input of a form and returns its fields, and what its author
// would know them by: labels, and what was typed or chosen.
func typedForm(t *testing.T, page, action string) (fields, known []string) {
	t.Helper()
	form := ""
	for _, m := range formText.FindAllStringSubmatch(page, -1) {
		if m[1] == action {
			form = m[0]
		}
	}
	names := map[string]string{}
	for _, m := range inputText.FindAllStringSubmatch(form, -1) {
		names[m[1]] = m[2]
	}
	for _, m := range labelText.FindAllStringSubmatch(form, -1) {
		name := names[m[1]]
		typed, shown := "typed into "+name, "typed into "+name
		at := strings.Index(form, `id="`+m[1]+`"`)
		field := form[at:]
		if strings.Contains(field[:strings.Index(field, ">")], `type="date"`) {
			typed, shown = "2026-10-03", "3 October 2026"
		} else if strings.HasPrefix(form[strings.LastIndex(form[:at], "<"):], "<select") {
			o := optionText.FindStringSubmatch(field)
			typed, shown = o[1], html.UnescapeString(strings.TrimSpace(o[2]))
		}
		fields, known = append(fields, name, typed), append(known, "<dt>"+m[2]+"</dt>", shown)
	}
	for _, m := range radioText.FindAllStringSubmatch(form, -1) {
		fields, known = append(fields, m[2], m[3]), append(known, "<dt>"+m[1]+"</dt>", m[4])
	}
	if len(fields) == 0 {
		t.Fatalf("no form is sent to %s", action)
	}
	return append(fields, "version", "1"), known
}

// TestAKeptFormIsShownInItsOwnWords fills every form of casework, lets the session
// lock, and looks at what its author finds on coming back.
func TestAKeptFormIsShownInItsOwnWords(t *testing.T) {
	n, v := visit(t)
	k := v.register("surname", "Nkosi")
	c := v.opens(k)
	v.follows(v.post(c+"/referrals", "destination", "3203", "referred_on", "2026-10-05"), c)
	v.follows(v.post(c+"/recoveries", "kind", "4101", "received_on", "2026-10-02", "amount", "10", "currency", "ZAR"), c)
	referral, recovery := "/referrals/"+oneID(t, n, "referrals"), "/recoveries/"+oneID(t, n, "recoveries")
	for action, page := range map[string]string{
		"/clients": "/clients/new", k: k + "/edit", k + "/consents": k + "/consents",
		"/cases": "/cases/new?client=" + strings.TrimPrefix(k, "/clients/"), c: c + "/edit", c + "/close": c,
		c + "/referrals": c + "/referrals/new", referral: referral + "/edit",
		c + "/recoveries": c + "/recoveries/new", recovery: recovery + "/edit",
	} {
		fields, known := typedForm(t, v.get(page).body, action)
		locks(t, n, 1)
		if a := v.post(action, fields...); a.status != http.StatusSeeOther || !strings.HasPrefix(a.to, "/locked") {
			t.Fatalf("%s: a locked session got %d %s", action, a.status, a.to)
		}
		locks(t, n, 0)
		a := v.get("/resume")
		v.says(a, http.StatusOK, `action="`+action+`"`)
		facts := html.UnescapeString(between(t, a.body, "<dl", "</dl>"))
		for _, text := range known {
			if !strings.Contains(facts, html.UnescapeString(text)) {
				t.Errorf("%s: the form that was kept does not show %q", action, text)
			}
		}
		for i := 0; i < len(fields); i += 2 {
			if strings.Contains(facts, "<dt>"+fields[i]+"</dt>") {
				t.Errorf("%s: the form that was kept shows the name %s", action, fields[i])
			}
		}
	}
}

func oneID(t *testing.T, n *Node, table string) (id string) {
	t.Helper()
	if err := n.DB.QueryRow(t.Context(), `SELECT id FROM `+table, nil).Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}

// locks makes every session locked, 1, or open, 0.
func locks(t *testing.T, n *Node, locked int) {
	t.Helper()
	if _, err := n.DB.Exec(t.Context(), `UPDATE sessions SET locked = @locked`, map[string]any{"locked": locked}); err != nil {
		t.Fatal(err)
	}
}
