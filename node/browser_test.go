package node

import (
	"testing"

	"casehub/internal/web/webtest"
	"casehub/node/access/accesstest"
)

// seeded returns the addresses of a client, of an open case with a referral and
// an amount, and of a closed case.
func seeded(v *visitor) (client, open, closed string) {
	long := "Nolwazi Grace Thandiwe Nkosi-van-der-Westhuizen-Mokoena"
	client = v.register("surname", long, "given_names", "María José", "birth_date", "1980-05-01", "birth_precision", "about",
		"phones", "082 555 0101\n083 555 0102", "address", "Stand 114, Kleinfontein", "contact_safety", "unsafe", "notes", "Prefers Tuesdays.")
	v.register()
	open = v.opens(client, "other_party", "Kleinfontein Farms", "summary", "She was sent away without notice.\n\nAgreed: a letter first.")
	closed = v.opens(client, "case_type", "1205")
	v.follows(v.post(open+"/referrals", "destination", "3203", "referred_on", "2026-10-05", "note", "Ask for the registrar."), open)
	v.follows(v.post(open+"/recoveries", "kind", "4103", "received_on", "2026-10-05", "amount", "1250000.50", "currency", "ZAR", "note", "first half"), open)
	v.follows(v.post(closed+"/close", "version", "1", "closed_on", "2026-10-10", "outcome", "5201"), closed)
	return client, open, closed
}

func TestPagesHoldInABrowser(t *testing.T) {
	b := webtest.Open(t)
	n, v := visit(t)
	b.Check(t, v.pages, "/", "/cases/new")
	client, open, closed := seeded(v)
	accesstest.Hire(t, n.DB, "thandi", "")
	accesstest.Appoint(t, n.DB, "thandi", "director", "")
	v.follows(browserOf(t, n, "thandi").post(open+"/conflict", "reason", "related", "note", "my cousin"), "/cases")
	b.Check(t, v.pages, "/", "/clients", client, client+"/edit", "/cases", open, open+"/recoveries/new", open+"/walls", open+"/conflict", "/emergency", closed)
}

// With JavaScript the same forms work in their place, without a new page.
func TestFormsWorkInTheirPlace(t *testing.T) {
	b := webtest.Open(t)
	_, v := visit(t)
	_, open, _ := seeded(v)
	list := b.Use(t, v.pages, "/clients")
	list.Type("#client-search", "mar")
	list.Wait(`document.querySelectorAll("#client-lines tbody tr").length === 1`)
	list.Type("#client-search", "zzz")
	list.Wait(`document.querySelector("#client-lines .empty")`)
	if got := list.Eval(`location.pathname + location.search + " " + document.activeElement.id`); got != "/clients client-search" {
		t.Errorf("after a search: %s", got)
	}

	page := b.Use(t, v.pages, open)
	page.Eval(`window.same = "yes"`)
	page.Click(`a[href$="/referrals/new"]`)
	page.Wait(`document.querySelector("#referral-place form")`)
	page.Type("#referral-note", "typed before the fault")
	page.Click("#referral-place .primary")
	page.Wait(`document.querySelector("#referral-place .field-error")`)
	if got := page.Eval(`window.same + " " + document.querySelector("#referral-note").value + " " + document.activeElement.id`); got != "yes typed before the fault referral-destination" {
		t.Errorf("after a form that does not hold: %s", got)
	}
	if got := page.Eval(`!window.dispatchEvent(new Event("beforeunload", {cancelable: true}))`); got != "true" {
		t.Error("the page may be left with what was typed")
	}
	page.Click("#close .button")
	page.Wait(`document.querySelector("#close .field-error")`)
	page.Eval(`document.querySelector("#referral-destination").value = "3203"`)
	page.Click("#referral-place .primary")
	page.Wait(`document.querySelectorAll(".entries li").length === 3 && document.querySelector("main .alert-good")`)
	if got := page.Eval(`!window.dispatchEvent(new Event("beforeunload", {cancelable: true}))`); got != "false" {
		t.Error("a page without typed text asks before it is left")
	}
	if got := page.Eval(`window.same`); got != "undefined" {
		t.Errorf("the page was not loaded again: %s", got)
	}
}
