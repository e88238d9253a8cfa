package retention

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node/access"
	"casehub/node/access/accesstest"
	"casehub/node/cases"
	"casehub/node/clients"
	"casehub/node/consents"
	"casehub/node/documents"
	"casehub/node/finance"
	"casehub/node/ledger"
	"casehub/node/migrations"
	"casehub/node/referrals"
	"casehub/node/vault"
	"casehub/node/vault/vaulttest"
)

var (
	miriam = accesstest.Director
	reg    = codelist.National()
)

// office is a whole node of areas in a folder, with a clock that a test sets.
type office struct {
	*Service
	t         testing.TB
	dir       string
	vault     *vault.Vault
	key       sqlite.Key
	sipho     actor.Actor // another director
	clients   *clients.Service
	cases     *cases.Service
	referrals *referrals.Service
	finance   *finance.Service
	consents  *consents.Service
	documents *documents.Service
	ledger    *ledger.Ledger
	clock     time.Time
}

func open(t testing.TB) *office {
	t.Helper()
	dir := t.TempDir()
	v, _ := vaulttest.CreateAt(t, filepath.Join(dir, "vault.json"))
	o := openAt(t, dir, v)
	accesstest.OpenAt(t, o.db, o.time)
	o.sipho = accesstest.Hire(t, o.db, "sipho", "")
	accesstest.Appoint(t, o.db, o.sipho.ID, "director", "")
	return o
}

func (o *office) time() time.Time { return o.clock }

// openAt opens the office that stands in a folder.
func openAt(t testing.TB, dir string, v *vault.Vault) *office {
	t.Helper()
	key, err := v.DatabaseKey()
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), filepath.Join(dir, "node.db"), key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(t.Context(), migrations.FS); err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, dir: dir, vault: v, key: key, clock: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), sipho: actor.Actor{Kind: actor.Person, ID: "sipho"}}
	gate := accesstest.Gate(t, db, o.time)
	caseKeys, err := v.OpenCaseKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = caseKeys.Close() })
	files, err := vault.OpenFiles(filepath.Join(dir, "files"), caseKeys)
	if err != nil {
		t.Fatal(err)
	}
	o.Service = NewService(Store{DB: db, Keys: v, CaseKeys: caseKeys, Files: files}, reg, gate, o.time)
	o.areas(db, gate, files)
	return o
}

func (o *office) areas(db *sqlite.DB, gate *access.Gate, files *vault.Files) {
	o.clients, o.cases = clients.NewService(db, reg, gate, o.time), cases.NewService(db, reg, gate, o.time)
	o.referrals, o.finance = referrals.NewService(db, reg, gate, o.time), finance.NewService(db, reg, gate, o.time)
	o.consents, o.documents = consents.NewService(db, gate, o.time), documents.NewService(db, gate, files, o.time)
	o.ledger = ledger.New(reg, ledger.National(), "ZAR", 10_000)
}

// must fails the test on an error.
func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (o *office) ok(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// person is everything that an office has of one client.
type person struct {
	client clients.ID
	cases  []cases.ID
}

// comes registers somebody whose every text holds a mark, with closed cases,
// each with a referral, an amount, a document, and once a consent.
func (o *office) comes(mark string, n int, closed civil.Date) person {
	o.t.Helper()
	ctx := o.t.Context()
	k := must[clients.Client](o.t)(o.clients.Create(ctx, miriam, clients.Client{
		Surname: "Surname" + mark, GivenNames: "Given" + mark, IDNumber: "ID" + mark, Phones: "Tel" + mark, Address: "Street" + mark,
		Notes: "Notes" + mark, ContactSafety: clients.Safe,
	}))
	k.Surname = "Earlier" + mark
	o.ok(o.clients.Update(ctx, miriam, k))
	p := person{client: k.ID}
	for range n {
		p.cases = append(p.cases, o.opens(k.ID, mark, closed))
	}
	must[consents.Consent](o.t)(o.consents.Record(ctx, miriam, consents.Consent{
		ClientID: k.ID, Purpose: consents.Story, Answer: consents.Given, AnsweredOn: closed, Manner: consents.Guardian, Guardian: "Aunt" + mark, Note: "Said" + mark,
	}))
	return p
}

func (o *office) opens(k clients.ID, mark string, closed civil.Date) cases.ID {
	o.t.Helper()
	ctx := o.t.Context()
	c := must[cases.Case](o.t)(o.cases.Open(ctx, miriam, cases.Case{
		ClientID: k, Type: 1102, OpenedOn: closed.AddDays(-10), OtherParty: "Boss" + mark, Summary: "Story" + mark,
	}))
	must[referrals.Referral](o.t)(o.referrals.Record(ctx, miriam, referrals.Referral{CaseID: c.ID, Destination: 3203, ReferredOn: closed, Note: "Ask" + mark}))
	must[finance.Recovery](o.t)(o.finance.Record(ctx, miriam, finance.Recovery{CaseID: c.ID, Kind: 4103, ReceivedOn: closed, Amount: 120_000, Currency: "ZAR", Note: "Half" + mark}))
	must[documents.Document](o.t)(o.documents.Add(ctx, miriam, c.ID, "Letter"+mark+".txt", bytes.NewReader([]byte("Dear "+mark+", you are dismissed."))))
	o.ok(o.cases.Close(ctx, miriam, c.ID, c.Version, closed, 5201))
	return c.ID
}

// counts makes the ledger follow the records and publishes what is ready.
func (o *office) counts(sequence uint32, m civil.Month) []ledger.Group {
	o.t.Helper()
	var groups []ledger.Group
	o.ok(o.db.Tx(o.t.Context(), func(tx *sqlite.Tx) error {
		if err := o.ledger.Refresh(o.t.Context(), tx); err != nil {
			return err
		}
		var err error
		groups, err = o.ledger.Close(o.t.Context(), tx, sequence, m, ledger.Regular)
		return err
	}))
	return groups
}

// asks records that a client wants to be erased.
func (o *office) asks(p person) Request {
	o.t.Helper()
	return must[Request](o.t)(o.Ask(o.t.Context(), miriam, Request{ClientID: string(p.client), AskedOn: civil.On(o.clock), Note: "By letter"}))
}

// rows returns every row of every table as text. A table is narrowed by a
// condition, and left out by "-".
func (o *office) rows(where map[string]string) map[string][]string {
	o.t.Helper()
	all := map[string][]string{}
	for _, table := range must[sqlite.Content](o.t)(o.db.Content(o.t.Context())).Tables {
		condition := where[table.Name]
		if condition == "-" {
			continue
		}
		if condition != "" {
			condition = " WHERE " + condition
		}
		rows, err := o.db.Query(o.t.Context(), `SELECT * FROM "`+table.Name+`"`+condition, nil)
		list, err := sqlite.Collect(rows, err, func(r *sql.Rows) (string, error) {
			columns, err := r.Columns()
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(any)
			}
			err = errors.Join(err, r.Scan(values...))
			var line strings.Builder
			for i, v := range values {
				fmt.Fprintf(&line, "%s=%v ", columns[i], *v.(*any))
			}
			return line.String(), err
		})
		if err != nil {
			o.t.Fatalf("%s: %v", table.Name, err)
		}
		all[table.Name] = list
	}
	return all
}

// closes closes the databases, so that their files can be looked at.
func (o *office) closes() {
	o.t.Helper()
	o.ok(errors.Join(o.db.Close(), o.CaseKeys.Close()))
}

// findings returns where a mark stands: in the bytes of any file of the folder,
// and in the decrypted pages of the databases, which nobody may have open.
func (o *office) findings(mark string) []string {
	o.t.Helper()
	caseKey := must[vault.Key](o.t)(o.vault.Derive("casehub/case-keys/v1"))
	var where []string
	o.ok(filepath.WalkDir(o.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if bytes.Contains(b, []byte(mark)) {
			where = append(where, d.Name())
		}
		keys := map[string]sqlite.Key{"node.db": o.key, vault.CaseKeysName: sqlite.Key(caseKey)}
		key, encrypted := keys[d.Name()]
		if !encrypted {
			return nil
		}
		pages, err := sqlite.OpenPages(path, key)
		if err != nil {
			return err
		}
		var plain bytes.Buffer
		_, err = pages.WriteTo(&plain)
		// The index of words has them in small letters, and leaves out what a word
		// has in common with the one before it.
		if bytes.Contains(bytes.ToLower(plain.Bytes()), []byte(strings.ToLower(mark))) {
			where = append(where, "pages of "+d.Name())
		}
		return errors.Join(err, pages.Close())
	}))
	return where
}

// opensOnly opens a case and leaves it open.
func (o *office) opensOnly(k clients.ID) cases.ID {
	o.t.Helper()
	return must[cases.Case](o.t)(o.cases.Open(o.t.Context(), miriam, cases.Case{ClientID: k, Type: 1102, OpenedOn: "2026-03-01"})).ID
}
