package canary

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// mapping brings visits in from a file; some of its rows do not hold.
const mapping = `mapping: visits/1
instance: office
source: {type: spreadsheet}
defaults: {date_order: dmy, currency: ZAR, locale: en-ZA}
limits: {failed_share: 0.9}
streams:
  client:
    to: client
    key: No
    fields: {surname: Name}
  case:
    to: case
    key: No
    fields: {client: {ref: client}, case_type: {const: 1101}, opened_on: In}
`

func (s *stage) write(name, text string) string {
	s.t.Helper()
	if err := os.WriteFile(s.at(name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return s.at(name)
}

// commands runs every command of the program, each as somebody at the console would.
// What they say on their standard error is searched, as a log is.
func (s *stage) commands() {
	s.t.Helper()
	bin := s.at("casehub-node")
	build := exec.CommandContext(s.t.Context(), "go", "build", "-buildvcs=false", "-ldflags=-s -w", "-o", bin, "casehub/cmd/casehub-node")
	if out, err := build.CombinedOutput(); err != nil {
		s.t.Fatalf("building the program: %v\n%s", err, out)
	}
	settings := s.write("node.toml", fmt.Sprintf("data = %q\nkey_file = %q\nlisten = '127.0.0.1:0'\ntimezone = 'UTC'\n[office]\norg_unit = 7\nfirst_period = %d\n[hub]\nnats = %q\ngrpc = %q\nca_file = %q\nreceipt_key = %q\n",
		s.config.Data, s.config.KeyFile, int(first), s.config.Hub.NATS, s.config.Hub.GRPC, s.config.Hub.CAFile, s.config.Hub.ReceiptKey))
	me := []string{"-config", settings, "-login", s.login, "-password-file", s.write("password", password)}
	plan := s.write("visits.yaml", mapping)
	rows := "No;Name;In\n"
	for i := range 40 {
		rows += fmt.Sprintf("%s;%s;%02d/%02d/2026\n", s.g.word("import_xref.source_key"), s.g.word("clients.surname"), i%35+1, i%9+1)
	}
	rows += fmt.Sprintf("%s;%s;%s\n", s.g.word("import_quarantine.source_key"), s.g.word("clients.surname"), s.g.word("import_quarantine.raw_excerpt"))
	visits := s.write(s.g.word("import_runs.source_name")+".csv", rows)
	for _, c := range []struct {
		status []int
		args   []string
	}{
		{[]int{3}, slices.Concat([]string{"import"}, me, []string{"-mapping", plan, visits})},
		{[]int{0}, []string{"enrolment", "-config", settings}},
		{[]int{0}, append([]string{"user", "list"}, me...)},
		{[]int{0}, append([]string{"user", "add", "-user", lower(Marker{Text: s.g.word("people.login")}), "-name", s.g.word("people.name"), "-role", "paralegal"}, me...)},
		{[]int{1}, append([]string{"user", "add", "-user", s.second, "-name", s.g.word("people.name"), "-role", "paralegal"}, me...)},
		{[]int{0, 1}, append([]string{"release"}, me[:2]...)},
		{[]int{0}, []string{"pack", "list", "-config", settings}},
		{[]int{0}, []string{"backup", "-config", settings, "-to", s.at("stick"), "-use"}},
		{[]int{0}, []string{"backup", "-config", settings}},
		{[]int{0}, []string{"restore", "-from", s.at("stick"), "-data", s.at("restored"), "-words-file", s.at("words")}},
		{[]int{0}, []string{"recovery-identity", "-words-file", s.at("words")}},
		{[]int{0}, []string{"recovery", "test", "-config", settings, "-words-file", s.at("words")}},
		{[]int{0, 1}, append([]string{"verify"}, me[:2]...)},
		{[]int{1}, append([]string{"rekey"}, me...)},
		{[]int{1, 2}, []string{"approve", "-file", visits}},
		{[]int{1, 2}, []string{"verify", visits}},
		{[]int{1, 2}, []string{"init", "-config", settings}},
		{[]int{1, 2, 3}, []string{"import", "-config", settings, "-mapping", visits, plan}},
	} {
		s.command(bin, c.status, c.args)
	}
}

func (s *stage) command(bin string, status []int, args []string) {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), bin, args...)
	cmd.Dir = filepath.Dir(bin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	got := 0
	if e := (*exec.ExitError)(nil); errors.As(err, &e) {
		got = e.ExitCode()
	} else if err != nil {
		s.t.Fatal(err)
	}
	if !slices.Contains(status, got) {
		s.t.Errorf("%s: status %d, want one of %v: %d bytes on stderr", strings.Join(args[:2], " "), got, status, errs.Len())
	}
	fmt.Fprintf(s.said, "%s\n%s\n", args[0], errs.Bytes())
	// What these say is about the record that was asked for, to whoever asked.
	if !slices.Contains([]string{"user", "import", "verify", "recovery-identity"}, args[0]) {
		fmt.Fprintf(s.said, "%s\n", out.Bytes())
	}
}
