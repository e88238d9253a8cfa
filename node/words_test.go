package node

import (
	"slices"
	"strings"
	"testing"

	"casehub/internal/locale"
	"casehub/internal/web"
	nodelocale "casehub/node/locale"
	"casehub/policy"
)

// notOfThePolicy are keys that begin like those of the policy's words and are
// messages of the pages.
var notOfThePolicy = strings.Fields(`people.action-unknown people.reach-unknown people.reach-none people.role-unknown
	people.role-hint people.role-none people.role-choose people.role-new people.role-edit people.role-name people.role-remove people.role-form-about`)

// vocabularyOf returns the keys of the words that the policy needs.
func vocabularyOf(rules *policy.Accesses) []string {
	var all []string
	for _, a := range rules.Actions() {
		all = append(all, "people.action-"+strings.ReplaceAll(a, ".", "-"))
	}
	for _, r := range rules.ReadyMade() {
		all = append(all, "people.role-"+r, "people.role-about-"+r)
	}
	for _, c := range policy.Classes() {
		all = append(all, "people.class-"+string(c))
	}
	for _, s := range []policy.Scope{policy.Own, policy.Team, policy.Office, policy.Region, policy.Organisation} {
		all = append(all, "people.reach-"+string(s))
	}
	return all
}

// Every action, role, class and reach of the policy has its word in every
// language, and there is no word for what the policy does not know.
func TestThePolicyHasItsWords(t *testing.T) {
	rules, err := policy.NewAccess(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c, err := locale.Load(web.Locale(), nodelocale.FS)
	if err != nil {
		t.Fatal(err)
	}
	needs := vocabularyOf(rules)
	if len(needs) < 50 || len(c.Languages()) < 2 {
		t.Fatalf("%d words in %d languages: the test looks in the wrong place", len(needs), len(c.Languages()))
	}
	for _, fault := range wordFaults(c.Languages(), c.Keys, needs) {
		t.Error(fault)
	}
}

// wordFaults says which words are missing and which are of nothing.
func wordFaults(languages []string, keys func(string) []string, needs []string) []string {
	var faults []string
	for _, lang := range languages {
		has := keys(lang)
		for _, key := range needs {
			if !slices.Contains(has, key) {
				faults = append(faults, lang+" has no "+key)
			}
		}
		for _, key := range has {
			ofPolicy := slices.ContainsFunc([]string{"people.action-", "people.role-", "people.class-", "people.reach-"}, func(begins string) bool {
				return strings.HasPrefix(key, begins)
			})
			if ofPolicy && !slices.Contains(needs, key) && !slices.Contains(notOfThePolicy, key) {
				faults = append(faults, lang+" has "+key+", which the policy does not know")
			}
		}
		for _, key := range notOfThePolicy {
			if !slices.Contains(has, key) {
				faults = append(faults, lang+" has no "+key+" any more: take it out of the list of the test")
			}
		}
	}
	return faults
}

// The comparison sees a missing word, a dead one, and a list that has grown old.
func TestMissingAndDeadWordsAreSeen(t *testing.T) {
	needs := []string{"people.action-cases-read", "people.class-contact"}
	whole := append(slices.Clone(needs), notOfThePolicy...)
	for name, has := range map[string][]string{
		"missing": whole[1:], "dead": append(slices.Clone(whole), "people.action-cases-burn"), "old": whole[:len(whole)-1],
	} {
		if got := wordFaults([]string{"en"}, func(string) []string { return has }, needs); len(got) != 1 {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := wordFaults([]string{"en"}, func(string) []string { return whole }, needs); len(got) != 0 {
		t.Errorf("nothing is wrong, and it says %q", got)
	}
}
