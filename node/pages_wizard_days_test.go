package node

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// Days that a program counts, and moments at Greenwich, are the days of the office; the
// page says how it reads them.
func TestCountedDaysAreReadByPointing(t *testing.T) {
	n := openNode(t, Config{Data: t.TempDir(), Timezone: "America/La_Paz", Sources: openSheet})
	v := &visitor{t: t, pages: asDirector(t, n), cookies: map[string]string{}}
	v.token = tokenInput.FindStringSubmatch(v.get("/").body)[1]
	var b strings.Builder
	b.WriteString("No,Surname,First name,Date of birth,Date opened,Date closed,Case type\n")
	for i := range 12 {
		closed := "0000-00-00 00:00:00"
		if i%3 == 0 {
			closed = fmt.Sprintf("2024-05-%02d 10:00:00", i+1)
		}
		fmt.Fprintf(&b, "L%d,Person%d,Ana,%d,2024-04-%02dT01:30:00Z,%s,Divorce\n", i, i, 29221+i, i+1, closed)
	}
	at := v.follows(v.brings("/imports/new/spreadsheet", "register.csv", []byte(b.String())), "/imports/drafts/")
	draft := strings.TrimSuffix(at, "/preview")
	columns := v.follows(v.post(at, append(form(v.get(at).body), "go", "on")...), draft+"/columns")
	page := v.get(columns)
	v.says(page, http.StatusOK, "as a spreadsheet counts them since 1900", "where there is none. It is read as empty")
	sent := append(form(page.body), "date_order", "ymd", "t0-fix-case.outcome", "=5101", "go", "on")
	codes := v.follows(v.post(columns, sent...), draft+"/codes")
	v.follows(v.post(codes, append(form(v.get(codes).body), "go", "on")...), draft+"/try")
	for _, run := range []string{"dry", "import"} {
		v.follows(v.post(draft+"/try", "version", versionOf(t, v, draft), "go", run), draft+"/try")
		page = v.settled(draft + "/try")
	}
	v.says(page, http.StatusOK, "It is imported")
	var first, born string
	var closed int
	if err := n.DB.QueryRow(t.Context(), `SELECT MIN(opened_on), COUNT(closed_on), (SELECT MIN(birth_date) FROM clients) FROM cases`, nil).Scan(&first, &closed, &born); err != nil {
		t.Fatal(err)
	}
	if first != "2024-03-31" || closed != 4 || born != "1980-01-01" {
		t.Errorf("the first case opened on %s, %d closed, the first client born on %s\n%s", first, closed, born, v.get(draft+"/yaml").body)
	}
}
