package backup_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"casehub/internal/sqlite"
	"casehub/node/backup"
	"casehub/node/vault"
)

func (o *office) drill() backup.DrillState {
	o.t.Helper()
	s, err := o.svc.Drill(o.t.Context())
	o.must(err)
	return s
}

// A drill is due after 90 days, from the first backup on; the code of a restore
// records one, once, and nothing else does.
func TestADrillIsRecordedByTheCodeOfARestore(t *testing.T) {
	o := newOffice(t)
	if s := o.drill(); s.Due || !s.Last.At.IsZero() {
		t.Errorf("without a backup: %+v", s)
	}
	p := o.stick()
	o.run(p)
	for _, days := range []int{0, 89, 90, 400} {
		o.now = start.AddDate(0, 0, days)
		if s := o.drill(); s.Due != (days >= 90) || s.Days != days {
			t.Errorf("after %d days: %+v", days, s)
		}
	}
	out, err := backup.Restore(t.Context(), o.restoring(p.Path))
	o.must(err)
	if !strings.HasPrefix(out.Drill, fmt.Sprintf("%d-", out.Sequence)) || len(out.Drill) < 11 {
		t.Fatalf("the restore prints %q", out.Drill)
	}
	other := newOffice(t)
	q := other.stick()
	other.run(q)
	foreign, err := backup.Restore(t.Context(), other.restoring(q.Path))
	o.must(err)
	for _, wrong := range []string{"", "1", "1-", "-AAAA-AAAA", "1-AAAA-AAAA", "2-" + out.Drill[2:], foreign.Drill, out.Drill + "A", out.Drill[:len(out.Drill)-1]} {
		if err := o.svc.RecordDrill(t.Context(), director, wrong); !errors.Is(err, backup.ErrDrillCode) {
			t.Errorf("%q: %v, want ErrDrillCode", wrong, err)
		}
	}
	if !o.drill().Due {
		t.Fatal("a wrong code counts")
	}
	o.must(o.svc.RecordDrill(t.Context(), director, " "+strings.ToLower(out.Drill)+" "))
	if s := o.drill(); s.Due || s.Days != 0 || s.Last.Sequence != out.Sequence || s.Last.Person != director.ID || !s.Last.At.Equal(o.now) {
		t.Errorf("after a drill: %+v", s)
	}
	if err := o.svc.RecordDrill(t.Context(), director, out.Drill); !errors.Is(err, backup.ErrDrilled) {
		t.Errorf("the same code again: %v, want ErrDrilled", err)
	}
	var n int
	o.must(o.db.QueryRow(t.Context(), `SELECT count(*) FROM audit WHERE action = 'backup.drill-recorded' AND subject = @s`, sqlite.Args{"s": fmt.Sprint(out.Sequence)}).Scan(&n))
	if n != 1 {
		t.Errorf("%d entries of the audit", n)
	}
	o.now = o.now.AddDate(0, 0, 90)
	if !o.drill().Due {
		t.Error("90 days later no drill is due")
	}
}

// A drill of a backup from before a change of the master key counts too.
func TestADrillOfABackupFromBeforeARekey(t *testing.T) {
	o := newOffice(t)
	p := o.stick()
	o.run(p)
	out, err := backup.Restore(t.Context(), o.restoring(p.Path))
	o.must(err)
	o.must(o.close())
	_, err = o.vault.Rekey(t.Context(), vault.Rekeying{Login: login, Password: password, Databases: []string{"node.db"}})
	o.must(err)
	o.open()
	o.must(o.svc.RecordDrill(t.Context(), director, out.Drill))
}

func TestThePageRecordsADrill(t *testing.T) {
	o := newOffice(t)
	p := o.stick()
	o.run(p)
	out, err := backup.Restore(t.Context(), o.restoring(p.Path))
	o.must(err)
	o.now = o.now.Add(100 * 24 * time.Hour)
	v := o.visit(o.site(o.svc))
	if page := v.get("/backups").Body.String(); !strings.Contains(page, "For 90 days nobody") {
		t.Error("the page does not say that a drill is due")
	}
	if w := v.post("/backups/drills", url.Values{"code": {"1-AAAA-AAAA"}}); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "1-AAAA-AAAA") {
		t.Errorf("a wrong code: %d", w.Code)
	}
	if w := v.post("/backups/drills", url.Values{"code": {out.Drill}}); w.Code != http.StatusSeeOther {
		t.Errorf("the right code: %d", w.Code)
	}
	if page := v.get("/backups").Body.String(); strings.Contains(page, "For 90 days nobody") || !strings.Contains(page, "N. Example") {
		t.Error("the page does not say that a drill was recorded")
	}
}

// While somebody restores into a folder nobody else does, in the same program or
// in another; the one who began ends well.
func TestTwoRestoresIntoOneFolderAreKeptApart(t *testing.T) {
	o := newOffice(t)
	p := o.stick()
	o.run(p)
	first := o.restoring(p.Path)
	tried := 0
	first.Progress = func(backup.Progress) {
		if tried++; tried > 3 {
			return
		}
		second := o.restoring(p.Path)
		second.Data = first.Data
		if _, err := backup.Restore(t.Context(), second); !errors.Is(err, backup.ErrRestoring) {
			t.Errorf("a second restore: %v, want ErrRestoring", err)
		}
		if tried == 1 {
			if said := o.says("restore", first.Data, p.Path); !strings.Contains(said, backup.ErrRestoring.Error()) {
				t.Errorf("another program says: %s", said)
			}
		}
	}
	if _, err := backup.Restore(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if tried < 3 {
		t.Fatalf("only %d tries", tried)
	}
	o.cameBack(first.Data)
	if _, err := backup.Restore(t.Context(), first); !errors.Is(err, backup.ErrNotEmpty) {
		t.Errorf("afterwards: %v, want ErrNotEmpty", err)
	}
}

// Several programs begin at once: one brings the node back, the others are told
// why not.
func TestProgramsThatRestoreAtOnce(t *testing.T) {
	o := newOffice(t)
	p := o.stick()
	o.run(p)
	for range 3 {
		dir := filepath.Join(t.TempDir(), "new")
		said := make(chan string, 3)
		for range cap(said) {
			go func() { said <- o.says("restore", dir, p.Path) }()
		}
		well := 0
		for range cap(said) {
			switch s := <-said; {
			case s == "":
				well++
			case !strings.Contains(s, backup.ErrRestoring.Error()) && !strings.Contains(s, backup.ErrNotEmpty.Error()):
				t.Errorf("a program says: %s", s)
			}
		}
		if well != 1 {
			t.Errorf("%d programs brought the node back, want 1", well)
		}
		o.cameBack(dir)
	}
}
