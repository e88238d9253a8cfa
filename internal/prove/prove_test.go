package main

import (
	"io/fs"
	"os"
	pathpkg "path"
	"path/filepath"
	"regexp"
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

// aPart is the one part of a tree.
var aPart = part{".", "TestProveA"}

func TestVerdict(t *testing.T) {
	rows := []row{{"a", aPart, "<=0", "that a holds"}}
	for name, c := range map[string]struct {
		lines []string
		want  string
	}{
		"all well":     {[]string{"proof a 0 goal <=0 ok"}, ""},
		"short":        {[]string{"proof a 1 goal <=0 short"}, "a is short of its goal"},
		"missing":      {nil, "a was not shown (that a holds)"},
		"unreadable":   {[]string{"proof a 0 goal <=0 ok", "proof a some goal <=0 ok"}, "cannot be read"},
		"maybe":        {[]string{"proof a 0 goal <=0 maybe"}, "cannot be read"},
		"unlisted":     {[]string{"proof a 0 goal <=0 ok", "proof b 0 goal <=0 ok"}, "b is not in the table"},
		"twice":        {[]string{"proof a 0 goal <=0 ok", "proof a 0 goal <=0 ok"}, "a stands twice"},
		"another goal": {[]string{"proof a 0 goal <=1 ok"}, "a has the goal <=1, and in the table <=0"},
	} {
		err := verdict(c.lines, rows)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// tree writes a small module with one test, and returns what a run of it says.
func tree(t *testing.T, body string, names ...string) (string, error) {
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
	var out strings.Builder
	err := run(t.Context(), []row{{"area/a", aPart, "<=0", ""}, {"area/b", aPart, ">=7", ""}}, names, &out)
	return out.String(), err
}

func TestARunIsFullAndListsTheProofsLast(t *testing.T) {
	said, err := tree(t, `t.Log("proof area/b 7 goal >=7 ok"); if os.Getenv("CASEHUB_PROVE") == "full" { t.Log("proof area/a 0 goal <=0 ok") }`, "area")
	if err != nil {
		t.Errorf("%v: %s", err, said)
	}
	if !strings.HasSuffix(said, "\nproof area/a 0 goal <=0 ok\nproof area/b 7 goal >=7 ok\n") {
		t.Errorf("said %q", said)
	}
}

func TestAFailingTestFailsTheRun(t *testing.T) {
	said, err := tree(t, `_ = os.Args; t.Log("proof area/b 7 goal >=7 ok"); t.Error("proof area/a 0 goal <=0 ok")`)
	if err == nil || !strings.HasSuffix(said, "\nproof area/a 0 goal <=0 ok\nproof area/b 7 goal >=7 ok\n") {
		t.Errorf("%v: said %q", err, said)
	}
}

// A test that ends in the middle, is skipped, or cannot be built has shown nothing of
// what it did not say.
func TestWhatDiesIsShort(t *testing.T) {
	for name, body := range map[string]string{
		"it ended":    `t.Log("proof area/b 7 goal >=7 ok"); os.Exit(2)`,
		"it panicked": `t.Log("proof area/b 7 goal >=7 ok"); panic(os.Args)`,
		"skipped":     `t.Log("proof area/b 7 goal >=7 ok"); t.Skip(os.Args)`,
	} {
		said, err := tree(t, body)
		if err == nil || !strings.HasSuffix(said, "\nproof area/a none goal <=0 short\nproof area/b 7 goal >=7 ok\n") {
			t.Errorf("%s: %v: said %q", name, err, said)
		}
	}
	if said, err := tree(t, `no Go`); err == nil || !strings.HasSuffix(said, "\nproof area/a none goal <=0 short\nproof area/b none goal >=7 short\n") {
		t.Errorf("%v: said %q", err, said)
	}
}

func TestProofsAreNamed(t *testing.T) {
	for name, want := range map[string]int{"": len(table), "twins": 4, "twins/pairs": 3, "./internal/reach": 5, "utility": 3} {
		names := strings.Fields(name)
		if rows, err := among(table, names); err != nil || len(rows) != want {
			t.Errorf("%q: %d proofs, %v", name, len(rows), err)
		}
	}
	if _, err := among(table, []string{"twins", "twin"}); err == nil {
		t.Error("a name of nothing held")
	}
}

func TestEveryRowIsNamedOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range table {
		if seen[r.name] || r.says == "" || !proofLine.MatchString("proof "+r.name+" 0 goal "+r.goal+" ok") {
			t.Errorf("row %+v", r)
		}
		seen[r.name] = true
	}
}

// Every test that proves something is a part, and every part is such a test.
func TestEveryProofIsInTheTable(t *testing.T) {
	parts := map[part]bool{}
	for _, p := range partsOf(table) {
		parts[p] = true
	}
	test := regexp.MustCompile(`(?m)^func (TestProve[A-Z]\w*)\(t `)
	err := fs.WalkDir(os.DirFS("../.."), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(filepath.Join("../..", path))
		for _, m := range test.FindAllStringSubmatch(string(text), -1) {
			p := part{"./" + pathpkg.Dir(path), m[1]}
			if !parts[p] {
				t.Errorf("%s of %s is not in the table", p.test, p.pkg)
			}
			delete(parts, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for p := range parts {
		t.Errorf("%s of %s is in the table and nowhere else", p.test, p.pkg)
	}
}
