package imports_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"casehub/internal/sqlite"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// pairs is how often the figure is measured; the median counts.
const pairs = 5

// TestFigureImport measures an import through the whole pipeline beside raw
// prepared inserts of the rows that it makes, the cross-references and the
// search index included, in one transaction into the same kind of database.
func TestFigureImport(t *testing.T) {
	if os.Getenv("CASEHUB_BENCH") == "" {
		t.Skip("figures are measured by make bench")
	}
	path := complaints(t)
	m := shippedMapping(t, "procon-complaints")
	first := sqlitetest.Open(t, migrations.FS)
	report := run(t, first, m, path, imports.Options{})
	rows := rowsOf(t, first)
	var shares []float64
	for range pairs {
		raw := timed(t, func(db *sqlite.DB) { insertRaw(t, db, rows) })
		whole := timed(t, func(db *sqlite.DB) { run(t, db, m, path, imports.Options{}) })
		shares = append(shares, raw.Seconds()/whole.Seconds())
		t.Logf("raw %v, pipeline %v, %.0f rows/s", raw, whole, float64(report.Stream("case").Read)/whole.Seconds())
	}
	slices.Sort(shares)
	share, verdict := shares[len(shares)/2], "ok"
	if share < 0.4 {
		verdict = "short"
	}
	fmt.Printf("figure import_of_raw_inserts %.2f ratio goal 0.4 %s\n", share, verdict)
}

// timed runs fn on a new database.
func timed(t *testing.T, fn func(*sqlite.DB)) time.Duration {
	t.Helper()
	db := sqlitetest.Open(t, migrations.FS)
	start := time.Now()
	fn(db)
	return time.Since(start)
}

// tableRows are the rows of one table with the statement that inserts them.
type tableRows struct {
	insert string
	rows   [][]any
}

// rowsOf reads back what an import has written, in the order of writing.
func rowsOf(t *testing.T, db *sqlite.DB) []tableRows {
	t.Helper()
	var all []tableRows
	for _, q := range []struct{ table, query string }{
		{"import_runs", `SELECT * FROM import_runs`},
		{"clients", `SELECT * FROM clients ORDER BY rowid`},
		{"cases", `SELECT * FROM cases ORDER BY rowid`},
		{"import_xref", `SELECT x.* FROM clients c JOIN import_xref x ON x.local_id = c.id ORDER BY c.rowid`},
		{"import_xref", `SELECT x.* FROM cases c JOIN import_xref x ON x.local_id = c.id ORDER BY c.rowid`},
	} {
		all = append(all, tableOf(t, db, q.table, q.query))
	}
	return all
}

func tableOf(t *testing.T, db *sqlite.DB, table, query string) tableRows {
	t.Helper()
	rows, err := db.Query(t.Context(), query, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(names)), ", ")
	out := tableRows{insert: fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, strings.Join(names, ", "), marks)}
	for rows.Next() {
		cells := make([]any, len(names))
		into := make([]any, len(names))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		out.rows = append(out.rows, cells)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func insertRaw(t *testing.T, db *sqlite.DB, tables []tableRows) {
	t.Helper()
	err := db.Tx(t.Context(), func(tx *sqlite.Tx) error {
		for _, table := range tables {
			for _, cells := range table.rows {
				if _, err := tx.ExecArgs(t.Context(), table.insert, cells...); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// complaints returns the fixture, or a made-up file of the same size and layout
// where it is missing.
func complaints(t *testing.T) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "fixtures", "complaints", "procon_CRF2019.csv")
	if _, err := os.Stat(path); err == nil {
		return path
	}
	path = filepath.Join(t.TempDir(), "complaints.csv")
	if err := os.WriteFile(path, []byte(madeUpComplaints(17577)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// madeUpComplaints writes a file in the layout of the complaints.
func madeUpComplaints(n int) string {
	chance := rand.New(rand.NewPCG(7, 7))
	var b strings.Builder
	b.WriteString("\ufeffAnoCalendario;DataArquivamento;DataAbertura;CodigoRegiao;Regiao;UF;strRazaoSocial;strNomeFantasia;Tipo;NumeroCNPJ;RadicalCNPJ;" +
		"RazaoSocialRFB;NomeFantasiaRFB;CNAEPrincipal;DescCNAEPrincipal;Atendida;CodigoAssunto;DescricaoAssunto;CodigoProblema;DescricaoProblema;" +
		"SexoConsumidor;FaixaEtariaConsumidor;CEPConsumidor\r\n")
	day := func(from, days int) string {
		return time.Date(from, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, chance.IntN(days)).Format(time.DateOnly)
	}
	for i := range n {
		fmt.Fprintf(&b, "2019;%s 11:12:54.000;%s 09:27:15.000;01;Norte;RO;EMPRESA EXEMPLO %d LTDA;EXEMPLO %d;1;%014d;%08d;EMPRESA EXEMPLO %d LTDA;NULL;"+
			"6120501;TELEFONIA MÓVEL CELULAR;%c;%d;Assunto inventado para a medição %d;NULL;NULL;%c;entre 31 a 40 anos;%08d\r\n",
			day(2019, 300), day(2018, 300), i%400, i%400, i, i%400, i%400, "SN"[chance.IntN(2)], 50+chance.IntN(230), i%180, "FM"[chance.IntN(2)], 10000000+i)
	}
	return b.String()
}
