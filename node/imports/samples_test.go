package imports_test

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// samples is where the files are that the demo imports.
var samples = filepath.Join("..", "..", "cmd", "casehub-demo", "samples")

func sampleMapping(t testing.TB, name string) *imports.Mapping {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(samples, name))
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(b))
}

// counted is what one stream of a sample holds.
type counted struct {
	read int64
	want want
}

func TestSamplesOfTheDemo(t *testing.T) {
	noData := func(more ...map[string]int64) map[string]int64 {
		all := map[string]int64{"blank": 4, "signature": 1, "total": 5}
		for _, m := range more {
			maps.Copy(all, m)
		}
		return all
	}
	for _, s := range []struct {
		file, mapping string
		streams       map[string]counted
	}{
		{"walk-in-register.csv", "walk-in-register.yaml", map[string]counted{
			"client":   {170, want{created: 156, skipped: noData(map[string]int64{"without_case": 4})}},
			"case":     {170, want{created: 156, quarantined: 4, skipped: noData()}},
			"referral": {170, want{created: 93, quarantined: 3, skipped: noData(map[string]int64{"not_referred": 64})}},
			"recovery": {170, want{created: 27, quarantined: 4, skipped: noData(map[string]int64{"no_amount": 129})}},
		}},
		{"consultas.txt", "consultas.yaml", map[string]counted{
			"client":   {110, want{created: 109, skipped: map[string]int64{"without_case": 1}}},
			"case":     {110, want{created: 109, quarantined: 1}},
			"referral": {110, want{created: 75, skipped: map[string]int64{"not_referred": 35}}},
			"recovery": {110, want{created: 11, quarantined: 1, skipped: map[string]int64{"no_amount": 98}}},
		}},
		{"casebook.xlsx", "casebook.yaml", map[string]counted{
			"client":   {90, want{created: 90}},
			"case":     {133, want{created: 128, quarantined: 2, skipped: map[string]int64{"blank": 1, "signature": 1, "total": 1}}},
			"referral": {133, want{created: 81, quarantined: 2, skipped: map[string]int64{"blank": 1, "not_referred": 47, "signature": 1, "total": 1}}},
			"recovery": {23, want{created: 21, quarantined: 2}},
		}},
	} {
		t.Run(s.file, func(t *testing.T) {
			db := sqlitetest.Open(t, migrations.FS)
			m, path := sampleMapping(t, s.mapping), filepath.Join(samples, s.file)
			foreseen := run(t, db, m, path, imports.Options{DryRun: true})
			report := run(t, db, m, path, imports.Options{})
			for name, w := range s.streams {
				check(t, report, name, w.read, w.want)
			}
			sameReport(t, foreseen, report)
			before := content(t, db)
			again := run(t, db, m, path, imports.Options{})
			for _, st := range again.Streams {
				if st.Created != 0 || st.Updated != 0 || st.Gone != 0 {
					t.Errorf("the second import of %s: %+v", s.file, st)
				}
			}
			if content(t, db) != before {
				t.Error("the second import changed something")
			}
		})
	}
}

// sameReport checks that a dry run said what the real run did.
func sameReport(t *testing.T, foreseen, done imports.Report) {
	t.Helper()
	foreseen.Mode, foreseen.Run = done.Mode, done.Run
	if d := cmp.Diff(done, foreseen); d != "" {
		t.Errorf("the dry run foresaw something else (-done +foreseen):\n%s", d)
	}
}
