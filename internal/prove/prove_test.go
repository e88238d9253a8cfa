package main

import (
	"os"
	"strings"
	"testing"
)

const aRun = `=== RUN   TestProveA
    a_test.go:31: proof area/a 0 goal <=0 ok
--- PASS: TestProveA (0.10s)
PASS
proof area/b 1.5 goal >=1000 short
`

func TestProofsAreTakenOutOfARun(t *testing.T) {
	var out strings.Builder
	lines, err := collect(strings.NewReader(aRun), &out)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(lines, "\n"); got != "proof area/a 0 goal <=0 ok\nproof area/b 1.5 goal >=1000 short" {
		t.Errorf("proofs %q", got)
	}
	if out.String() != aRun {
		t.Errorf("passed on %q", out.String())
	}
}

func TestVerdict(t *testing.T) {
	rows := []row{{"a", "./x", "that a holds"}}
	for name, c := range map[string]struct {
		lines []string
		want  string
	}{
		"all well":   {[]string{"proof a 0 goal <=0 ok"}, ""},
		"short":      {[]string{"proof a 1 goal <=0 short"}, "a is short of its goal"},
		"missing":    {nil, "a was not shown (that a holds)"},
		"unreadable": {[]string{"proof a 0 goal <=0 ok", "proof a some goal <=0 ok"}, "cannot be read"},
		"maybe":      {[]string{"proof a 0 goal <=0 maybe"}, "cannot be read"},
		"unlisted":   {[]string{"proof a 0 goal <=0 ok", "proof b 0 goal <=0 ok"}, "b is not in the table"},
		"twice":      {[]string{"proof a 0 goal <=0 ok", "proof a 0 goal <=0 ok"}, "a stands twice"},
	} {
		err := verdict(c.lines, rows)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// tree writes a small module with one test.
func tree(t *testing.T, body string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"go.mod":    "module tree\n\ngo 1.26\n",
		"a_test.go": "package a\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestProveA(t *testing.T) { " + body + " }\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestARunIsFullAndListsTheProofsLast(t *testing.T) {
	tree(t, `t.Log("proof a 0 goal <=0 ok", os.Getenv("CASEHUB_PROVE")); t.Log("proof a 0 goal <=0 ok")`)
	var out strings.Builder
	err := run(t.Context(), []row{{"a", ".", ""}}, nil, &out)
	if err == nil || !strings.Contains(err.Error(), `"proof a 0 goal <=0 ok full" cannot be read`) {
		t.Errorf("%v", err)
	}
	if !strings.HasSuffix(out.String(), "\nproof a 0 goal <=0 ok\n") {
		t.Errorf("said %q", out.String())
	}
}

func TestAFailingTestFailsTheRun(t *testing.T) {
	tree(t, `_ = os.Args; t.Error("proof a 0 goal <=0 ok")`)
	if err := run(t.Context(), []row{{"a", ".", ""}}, []string{"."}, &strings.Builder{}); err == nil {
		t.Error("it held")
	}
}

func TestAPackageWithoutAProofIsAnError(t *testing.T) {
	if err := run(t.Context(), table, []string{"./nowhere"}, &strings.Builder{}); err == nil {
		t.Error("it held")
	}
}

func TestEveryRowIsNamedOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range table {
		if seen[r.name] || r.says == "" || !proofLine.MatchString("proof "+r.name+" 0 goal <=0 ok") {
			t.Errorf("row %+v", r)
		}
		seen[r.name] = true
	}
}
