package imports_test

import (
	"fmt"
	"strings"
	"testing"

	"casehub/internal/codelist"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// A draft says of days what their values show: moments with an offset, seconds since
// 1970, and the day that a program keeps where there is none.
func TestADraftReadsDaysAsTheyAreKept(t *testing.T) {
	var b strings.Builder
	b.WriteString("No;Surname;Date of birth;Opened;Closed\n")
	for i := range 12 {
		closed := "0000-00-00 00:00:00"
		if i%3 == 0 {
			closed = fmt.Sprintf("2024-05-%02d 10:00:00", i+1)
		}
		fmt.Fprintf(&b, "L%d;Person%d;%d;2024-04-%02dT01:30:00Z;%s\n", i, i, 315576000+i*86400, i+1, closed)
	}
	draft := draftOf(t, b.String())
	for _, want := range []string{"timezone: TODO", "numbers: unix", `find: "^(0000-00-00)\\b.*"`} {
		if !strings.Contains(draft, want) {
			t.Fatalf("the draft has no %q:\n%s", want, draft)
		}
	}
	decided := strings.NewReplacer("instance: TODO one short name for this one source, as cape-town-register", "instance: lpz", "currency: TODO", "currency: BOB",
		"locale: TODO", "locale: es-BO", "timezone: TODO", "timezone: America/La_Paz", "case_type: {const: TODO a number of the list case_types}", "case_type: {const: 1303}",
		"outcome: {const: TODO a number of the list outcomes}", "outcome: {const: 5101}").Replace(draft)
	if _, err := imports.ParseMapping([]byte(decided), codelist.National()); err != nil {
		t.Fatalf("%v\n%s", err, decided)
	}
	db := sqlitetest.Open(t, migrations.FS)
	report := run(t, db, parse(t, decided), write(t, b.String()), imports.Options{})
	check(t, report, "case", 12, want{created: 12})
	if got := ids(t, db, "SELECT opened_on || ' ' || COUNT(closed_on) OVER () FROM cases ORDER BY opened_on LIMIT 1")[0]; got != "2024-03-31 4" {
		t.Errorf("the first case was opened and so many closed: %s", got)
	}
	if got := ids(t, db, "SELECT MIN(birth_date) FROM clients")[0]; got != "1980-01-01" {
		t.Errorf("the first was born on %s", got)
	}
}
