package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tree writes a small module whose tests pass, fail or skip.
func tree(t *testing.T, tests string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"go.mod":    "module tree\n\ngo 1.26\n",
		"a_test.go": "package a\n\nimport \"testing\"\n\n" + tests,
	} {
		if err := os.WriteFile(filepath.Join(".", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

const passes = "func TestGood(t *testing.T) { t.Log(\"nobody wants to read this\") }\n"

func TestASkipIsToldAndFailsInCI(t *testing.T) {
	tree(t, passes+"func TestBad(t *testing.T) { t.Run(\"part\", func(t *testing.T) { t.Skip(\"no time today\") }) }\n")
	for _, ci := range []bool{false, true} {
		var out strings.Builder
		err := run(t.Context(), []string{"./..."}, ci, &out)
		if (err != nil) != ci {
			t.Errorf("in CI %v: %v", ci, err)
		}
		for _, want := range []string{"ok  \ttree", "skipped tree TestBad/part: no time today\n", "tests: 2 passed, 0 failed, 1 skipped\n"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%q is missing in %q", want, out.String())
			}
		}
		if strings.Contains(out.String(), "nobody wants") {
			t.Errorf("what a test that passed said shows: %q", out.String())
		}
	}
}

func TestAnExcusedSkipIsToldAndHolds(t *testing.T) {
	tree(t, passes+"func TestFigure(t *testing.T) { t.Skip(\"figures are measured by make bench\") }\n")
	var out strings.Builder
	if err := run(t.Context(), []string{"./..."}, true, &out); err != nil || !strings.Contains(out.String(), "skipped tree TestFigure: figures are measured by make bench\n") {
		t.Errorf("%v, %q", err, out.String())
	}
}

func TestASkipWithoutAReasonFailsInCI(t *testing.T) {
	tree(t, passes+"func TestQuiet(t *testing.T) { t.SkipNow() }\n")
	var out strings.Builder
	if err := run(t.Context(), []string{"./..."}, true, &out); err == nil {
		t.Errorf("it held: %q", out.String())
	}
}

func TestAFailureIsToldWhole(t *testing.T) {
	for name, c := range map[string]struct{ test, want string }{
		"a failure":      {"func TestBad(t *testing.T) { t.Error(\"five of four\") }\n", "five of four"},
		"a panic":        {"func TestBad(t *testing.T) { panic(\"out of everything\") }\n", "out of everything"},
		"an early end":   {"func TestBad(t *testing.T) { os.Exit(3) }\n", "FAIL\ttree"},
		"broken sources": {"func TestBad(t *testing.T) { nonsense }\n", "undefined: nonsense"},
	} {
		t.Run(name, func(t *testing.T) {
			tree(t, strings.Replace(c.test, "os.Exit(3)", "exit()", 1))
			if strings.Contains(c.test, "os.Exit") {
				if err := os.WriteFile("exit_test.go", []byte("package a\n\nimport \"os\"\n\nfunc exit() { os.Exit(3) }\n"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var out strings.Builder
			if err := run(t.Context(), []string{"./..."}, false, &out); err == nil || !strings.Contains(out.String(), c.want) {
				t.Errorf("%v, %q, want %q in it", err, out.String(), c.want)
			}
		})
	}
}

func TestARunWithoutTestsFails(t *testing.T) {
	tree(t, "var _ = testing.Short\n")
	var out strings.Builder
	if err := run(t.Context(), []string{"./..."}, false, &out); err == nil {
		t.Errorf("nothing ran and it held: %q", out.String())
	}
}

func TestTheListOfExcusesIsShort(t *testing.T) {
	reasons := map[string]bool{
		"the fixture x.csv is not beside the repository": true, "figures are measured by make bench": true, "measured by make bench": true,
		"no Chromium is installed; set CHROMIUM to where it is": false, "this machine has no tee": false, "writes a file of 120 MB": false, "": false,
	}
	for r, want := range reasons {
		if got := (skip{reason: r}).excused(); got != want {
			t.Errorf("%q is excused: %v, want %v", r, got, want)
		}
	}
}

func TestAnInterruptedRunFails(t *testing.T) {
	tree(t, passes)
	ctx, stop := context.WithCancelCause(t.Context())
	stop(errors.New("enough"))
	if err := run(ctx, []string{"./..."}, false, &strings.Builder{}); err == nil {
		t.Error("it held")
	}
}

func TestWhatIsNoEventIsPassedOn(t *testing.T) {
	var out strings.Builder
	in := "go: something is wrong\n" + `{"Action":"skip","Package":"p","Test":"T"}` + "\n"
	s, err := read(strings.NewReader(in), &out)
	if err != nil || out.String() != "go: something is wrong\n" || !slices.Equal(s.skips, []skip{{"p", "T", ""}}) {
		t.Errorf("%v, %q, %+v", err, out.String(), s.skips)
	}
}
