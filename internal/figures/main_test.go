package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const aRun = `=== RUN   TestFigureGate
    gate_test.go:31: figure gate_100_groups 3.2 ms goal 10 ok
--- PASS: TestFigureGate (0.10s)
PASS
ok  	casehub/node/egress	0.2s
?   	casehub/proto	[no test files]
testing: warning: no tests to run
figure import_ratio 0.21 ratio goal 0.35 short
`

func TestFiguresAreTakenOutOfARun(t *testing.T) {
	var out strings.Builder
	f, err := collect(strings.NewReader(aRun), &out)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"figure gate_100_groups 3.2 ms goal 10 ok", "figure import_ratio 0.21 ratio goal 0.35 short"}
	if !slices.Equal(f.lines, want) {
		t.Errorf("figures %q, want %q", f.lines, want)
	}
	if !slices.Equal(f.short, []string{"import_ratio"}) {
		t.Errorf("short %q, want import_ratio", f.short)
	}
	if strings.Contains(out.String(), "no test") || !strings.Contains(out.String(), "PASS: TestFigureGate") {
		t.Errorf("passed on %q", out.String())
	}
}

func TestVerdict(t *testing.T) {
	good := figures{lines: []string{"figure a 1 ms goal 2 ok"}}
	failed := errors.New("exit status 1")
	for name, c := range map[string]struct {
		f             figures
		read, test    error
		wantErrorWith string
	}{
		"all well":         {good, nil, nil, ""},
		"nothing measured": {figures{}, nil, nil, "nothing was measured"},
		"short":            {figures{lines: good.lines, short: []string{"a"}}, nil, nil, "short of the goal: a"},
		"malformed":        {figures{lines: good.lines, malformed: []string{"figure b"}}, nil, nil, "figure b"},
		"a test failed":    {good, nil, failed, "go test"},
		"output cut off":   {good, failed, nil, "output"},
	} {
		err := c.f.verdict(c.read, c.test)
		if c.wantErrorWith == "" && err != nil || c.wantErrorWith != "" && (err == nil || !strings.Contains(err.Error(), c.wantErrorWith)) {
			t.Errorf("%s: %v, want %q", name, err, c.wantErrorWith)
		}
	}
}

func TestAFigureIsANumberAndAVerdict(t *testing.T) {
	for _, line := range []string{"figure a NaN-ish ms goal 2 ok", "figure a 1 ms goal 2", "figure a 1 ms goal 2 maybe", "figure a 1 goal 2 ok"} {
		f, err := collect(strings.NewReader(line+"\n"), io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		if len(f.malformed) != 1 || len(f.lines) != 0 {
			t.Errorf("%q was taken for a figure", line)
		}
	}
}

// TestARunOfRealTests measures a small module of its own, once with a goal
// reached and once with one missed.
func TestARunOfRealTests(t *testing.T) {
	for verdict, wantErr := range map[string]bool{"ok": false, "short": true} {
		dir := t.TempDir()
		write(t, dir, "go.mod", "module sample\n\ngo 1.26\n")
		write(t, dir, "a_test.go", `package sample

import ("os"; "testing")

func TestFigureSample(t *testing.T) {
	if os.Getenv("CASEHUB_BENCH") != "1" { t.Fatal("not told to measure") }
	t.Log("figure sample 1.5 ms goal 2 `+verdict+`")
}

func TestOther(t *testing.T) { t.Fatal("not asked for") }
`)
		t.Chdir(dir)
		var out strings.Builder
		err := run(t.Context(), []string{"./..."}, &out)
		if (err != nil) != wantErr {
			t.Errorf("%s: %v", verdict, err)
		}
		if !strings.HasSuffix(out.String(), "\nfigure sample 1.5 ms goal 2 "+verdict+"\n") {
			t.Errorf("%s: the output ends with %q", verdict, out.String())
		}
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
