package node

import (
	"crypto/sha256"
	"database/sql"
	"strings"

	"casehub/internal/sqlite"
)

// unkept are tables that a refused request may change: it leaves an entry, and a
// session was used.
const unkept = "'audit', 'audit_values', 'audit_head', 'sessions'"

// watch learns from the database which tables it has, and listens whether anything is
// written: only then stored reads them all again.
func (p *proof) watch() {
	p.t.Helper()
	rows, err := p.n.DB.Query(p.t.Context(), `
SELECT 'SELECT coalesce(group_concat(' || group_concat('quote(' || c.name || ')', ' || '','' || ') || ', ''; ''), '''') FROM ' || t.name
FROM pragma_table_list t
JOIN pragma_table_info(t.name) c
WHERE t.type = 'table' AND t.schema = 'main' AND t.name NOT LIKE 'sqlite%' AND t.name NOT IN (`+unkept+`)
GROUP BY t.name
ORDER BY t.name`, nil)
	p.kept, err = sqlite.Collect(rows, err, func(rows *sql.Rows) (s string, err error) { return s, rows.Scan(&s) })
	if err != nil {
		p.t.Fatal(err)
	}
	if len(p.kept) < 50 {
		p.t.Fatalf("the database has %d tables: the proof is blind", len(p.kept))
	}
	p.wrote.Store(true)
	p.n.DB.Watch(func(statement string) {
		if verb := strings.Fields(statement); len(verb) == 0 || verb[0] != "SELECT" {
			p.wrote.Store(true)
		}
	})
}

// stored is what a refused request must not change: all that is in any table.
func (p *proof) stored() [sha256.Size]byte {
	if !p.wrote.Swap(false) {
		return p.held
	}
	sum := sha256.New()
	for _, statement := range p.kept {
		var rows string
		if err := p.n.DB.QueryRow(p.t.Context(), statement, nil).Scan(&rows); err != nil {
			p.t.Fatal(err)
		}
		sum.Write([]byte(statement + rows))
	}
	p.held = [sha256.Size]byte(sum.Sum(nil))
	return p.held
}
