// Package dev tests the script that prepares a machine for development, with
// stand-ins for the programs that would change the machine.
package dev

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// machine is a folder of stand-in programs that is the whole PATH of a run.
type machine struct {
	t   *testing.T
	dir string
}

// newMachine has what every Debian has and nothing that casehub needs.
func newMachine(t *testing.T) machine {
	t.Helper()
	m := machine{t, t.TempDir()}
	for _, name := range []string{"sh", "cat", "mkdir", "tee", "env", "chmod"} {
		real, err := exec.LookPath(name)
		if err != nil {
			t.Skipf("this machine has no %s", name)
		}
		if err := os.Symlink(real, filepath.Join(m.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	m.add("id", "echo 1000")
	return m
}

// add puts a program in the PATH.
func (m machine) add(name, script string) {
	m.t.Helper()
	if err := os.WriteFile(filepath.Join(m.dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		m.t.Fatal(err)
	}
}

// addApt adds an apt-get that notes its arguments and brings what is asked for.
func (m machine) addApt() {
	m.t.Helper()
	m.add("apt-get", `echo "$@" >>"$APT_LOG"
case "$*" in *install*)
	for p in initdb chromium cc glpsol ip my_print_defaults mariadbd mdb-export; do
		printf '#!/bin/sh\n' >"$BIN/$p"; chmod +x "$BIN/$p"
	done
	mkdir -p "$BIN/chromium-lib"; echo >"$BIN/chromium-lib/chrome-sandbox";;
esac`)
}

// install runs the script and returns what it said and whether it succeeded.
func (m machine) install(args ...string) (string, error) {
	m.t.Helper()
	cmd := exec.CommandContext(m.t.Context(), filepath.Join(m.dir, "sh"), append([]string{"./install"}, args...)...)
	cmd.Env = []string{
		"PATH=" + m.dir, "BIN=" + m.dir, "APT_LOG=" + m.aptLog(),
		"CASEHUB_PG_LIB=" + filepath.Join(m.dir, "lib"), "CASEHUB_PG_ETC=" + filepath.Join(m.dir, "etc"),
		"CASEHUB_CHROMIUM_LIB=" + filepath.Join(m.dir, "chromium-lib"), "CASEHUB_SBIN=" + filepath.Join(m.dir, "sbin"),
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (m machine) aptLog() string { return filepath.Join(m.dir, "apt.log") }

func (m machine) read(name string) string {
	b, err := os.ReadFile(filepath.Join(m.dir, name))
	if err != nil {
		return ""
	}
	return string(b)
}

func TestNothingIsSaidOrDoneWhenAllIsThere(t *testing.T) {
	m := newMachine(t)
	m.addApt()
	m.add("initdb", "")
	m.add("google-chrome", "")
	m.add("cc", "")
	m.add("glpsol", "")
	m.add("ip", "")
	m.add("my_print_defaults", "")
	m.add("mariadbd", "")
	m.add("mdb-export", "")
	out, err := m.install()
	if err != nil || out != "" {
		t.Fatalf("%v, said %q", err, out)
	}
	if log := m.read("apt.log"); log != "" {
		t.Fatalf("apt-get was run: %s", log)
	}
}

func TestRootInstallsOnlyWhatIsMissingAndSaysWhy(t *testing.T) {
	m := newMachine(t)
	m.add("id", "echo 0")
	m.add("chromium", "")
	m.addApt()
	out, err := m.install()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want := "-q update\n-q -y --no-install-recommends install postgresql gcc libc6-dev glpk-utils iproute2 mariadb-server-core mariadb-client-core mdbtools\n"
	if log := m.read("apt.log"); log != want {
		t.Errorf("apt-get ran with %q, want %q", log, want)
	}
	if !strings.Contains(out, "the hub keeps its database") || strings.Contains(out, "chromium") {
		t.Errorf("said %q", out)
	}
	if got := m.read("etc/createcluster.d/casehub.conf"); got != "create_main_cluster = false\n" {
		t.Errorf("the machine-wide server was not switched off: %q", got)
	}
	if out, err := m.install(); err != nil || out != "" {
		t.Errorf("the second run: %v, said %q", err, out)
	}
}

// A browser without its sandbox starts for root alone.
func TestAUserGetsTheSandboxOfTheBrowser(t *testing.T) {
	m := newMachine(t)
	m.add("chromium", "")
	m.add("sudo", `exec "$@"`)
	m.addApt()
	if out, err := m.install("chromium"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if log := m.read("apt.log"); !strings.Contains(log, "install chromium chromium-sandbox\n") {
		t.Errorf("apt-get ran with %q, want the sandbox too", log)
	}
	if out, err := m.install("chromium"); err != nil || out != "" {
		t.Errorf("the second run: %v, said %q", err, out)
	}
}

func TestAnExistingDatabaseServerKeepsItsSettings(t *testing.T) {
	m := newMachine(t)
	m.add("id", "echo 0")
	m.addApt()
	if err := os.Mkdir(filepath.Join(m.dir, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(m.dir, "etc", "createcluster.conf"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := m.install("postgresql"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if got := m.read("etc/createcluster.d/casehub.conf"); got != "" {
		t.Errorf("wrote %q into the settings of a server that was there before", got)
	}
}

func TestAnOrdinaryPersonInstallsThroughSudo(t *testing.T) {
	m := newMachine(t)
	m.addApt()
	m.add("sudo", `echo "sudo $*" >>"$APT_LOG"; exec "$@"`)
	out, err := m.install("postgresql")
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if log := m.read("apt.log"); !strings.Contains(log, "sudo apt-get -q update") || !strings.Contains(log, "install postgresql") {
		t.Errorf("ran %q", log)
	}
	if !strings.Contains(out, "sudo") {
		t.Errorf("did not say that sudo is used: %q", out)
	}
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(machine)
		args    []string
		want    string
	}{
		"neither root nor sudo": {func(m machine) { m.addApt() }, []string{"postgresql"}, "as root run: apt-get install postgresql"},
		"not a Debian":          {func(machine) {}, nil, "no apt-get"},
		"unknown need":          {func(machine) {}, []string{"oracle"}, "unknown need oracle"},
		"nothing was brought": {func(m machine) {
			m.add("id", "echo 0")
			m.add("apt-get", "")
		}, []string{"chromium"}, "chromium is still missing"},
		"apt-get fails": {func(m machine) {
			m.add("id", "echo 0")
			m.add("apt-get", "echo no network >&2; exit 100")
		}, []string{"chromium"}, "no network"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			c.prepare(m)
			out, err := m.install(c.args...)
			if err == nil {
				t.Fatal("succeeded")
			}
			if !strings.Contains(out, c.want) {
				t.Fatalf("said %q, want %q in it", out, c.want)
			}
		})
	}
}
