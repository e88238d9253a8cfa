package retention

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"casehub/node/audit"
	"casehub/node/vault"
	"casehub/node/vault/vaulttest"
)

// victim is set for a process that this test starts to be killed: folder,
// request, and before which step.
const victim = "CASEHUB_ERASE_AND_DIE"

// TestEraseAndDie is the process that is killed. By itself it does nothing.
func TestEraseAndDie(t *testing.T) {
	dir := os.Getenv(victim)
	if dir == "" {
		return
	}
	o := openAt(t, dir, unsealed(t, dir))
	o.clock = time.Date(2034, 3, 2, 22, 0, 0, 0, time.UTC)
	left, err := strconv.Atoi(os.Getenv(victim + "_STEP"))
	if err != nil {
		t.Fatal(err)
	}
	o.between = func(string) {
		if left--; left < 0 {
			self, err := os.FindProcess(os.Getpid())
			if err == nil {
				err = self.Kill()
			}
			if err != nil {
				t.Error(err)
			}
			time.Sleep(time.Minute)
		}
	}
	if err := o.Approve(t.Context(), o.sipho, os.Getenv(victim+"_REQUEST")); err != nil {
		t.Fatal(err)
	}
	o.ok(o.Run(t.Context()))
}

func unsealed(t *testing.T, dir string) *vault.Vault {
	t.Helper()
	v := vaulttest.Open(t, filepath.Join(dir, "vault.json"))
	if err := v.UnsealKeyFile(filepath.Join(dir, "key")); err != nil {
		t.Fatal(err)
	}
	return v
}

// Killed at any step, an erasure either did not begin or is ended at the next
// start: afterwards the client is in no file, or whole.
func TestAnErasureSurvivesBeingKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a process for each step")
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	begun, ended := 0, false
	for step := 0; !ended; step++ {
		o := open(t)
		if err := o.vault.AddKeyFile(t.Context(), filepath.Join(o.dir, "key")); err != nil {
			t.Fatal(err)
		}
		p := o.comes(gone, 2, "2026-02-20")
		o.comes(stays, 1, "2026-02-20")
		r := o.asks(p)
		o.closes()
		cmd := exec.CommandContext(t.Context(), program, "-test.run=^TestEraseAndDie$")
		cmd.Env = append(os.Environ(), victim+"="+o.dir, victim+"_REQUEST="+r.ID, victim+"_STEP="+strconv.Itoa(step))
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && (!errors.As(err, &exit) || exit.Exited()) {
			t.Fatalf("step %d: %v\n%s", step, err, out)
		}
		ended = err == nil
		o = openAt(t, o.dir, o.vault)
		o.clock = time.Date(2034, 3, 3, 22, 0, 0, 0, time.UTC)
		o.ok(o.documents.Tidy(t.Context()))
		o.ok(o.Run(t.Context()))
		var there int
		o.ok(o.db.QueryRow(t.Context(), `SELECT count(*) FROM clients WHERE surname LIKE '%zqxjkvwa%'`, nil).Scan(&there))
		if _, err := audit.Verify(t.Context(), o.db); err != nil {
			t.Errorf("step %d: the audit: %v", step, err)
		}
		waiting := must[[]Pending](t)(o.Requests(t.Context(), miriam))
		o.closes()
		switch found := o.findings(gone); {
		case there == 1 && len(waiting) == 1 && len(found) > 0:
		case there == 0 && len(waiting) == 0 && len(found) == 0:
			begun++
		default:
			t.Errorf("step %d: %d rows, %d requests, found in %q", step, there, len(waiting), found)
		}
	}
	if begun < 5 {
		t.Errorf("only %d steps were after the commit", begun)
	}
}
