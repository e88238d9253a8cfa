package archtest

import "slices"

// Rules are all tables.
type Rules struct {
	Layers  []Layer
	Doors   []Door
	Guarded []Guard
	// Apart are folders that no node links: what guards a node does not watch them
	// until it does.
	Apart []string
	Hosts []string // marks of addresses that serve modules or packages
}

// Ours are the rules of this project.
func Ours() Rules {
	return Rules{
		Layers:  slices.Concat(parts, areas("node", nodeAreas), areas("hub", hubAreas)),
		Doors:   outside,
		Guarded: ways,
		Apart:   apart,
		Hosts:   []string{"/@" + "v/", "registry" + "=http"},
	}
}

// parts is the dependency table apart from the domain areas.
var parts = []Layer{
	{
		Dir: "internal/...", May: []string{"proto/..."},
		Reason: "what node and hub share must not know either of them",
	},
	{
		Dir: "internal/attack", May: []string{"node/ledger", "internal/..."},
		Reason: "what is attacked is the very function by which an office's ledger chooses, not a copy of it",
	},
	{
		Dir: "internal/canary", May: []string{"internal/..."}, Tests: []string{"node", "node/...", "hub", "hub/...", "proto/..."},
		Reason: "what is searched for leaks is a whole node and a whole hub, and all that lies between them",
	},
	{
		Dir: "internal/reach", May: []string{"internal/..."}, Tests: []string{"node", "node/people", "node/setup"},
		Reason: "what is asked whom it reaches is the whole node, set up as a person would",
	},
	{
		Dir: "internal/twins", Tests: []string{"node/...", "proto/...", "internal/..."},
		Reason: "a whole node is played twice by a test, and no program is made of it",
	},
	{
		Dir:    "proto/...",
		Reason: "messages are the agreement between parts and depend on none",
	},
	{
		Dir: "policy/...", May: []string{"internal/...", "proto/..."},
		Reason: "a policy judges plain values, whoever asks",
	},
	{
		Dir: "adapters", May: []string{"internal/..."},
		Reason: "the contract of sources serves any program, a node is only one of them",
	},
	{
		Dir: "adapters/place", May: []string{"adapters", "internal/..."},
		Reason: "where a file lies is nothing that a format knows, nor whoever keeps it",
	},
	{
		Dir: "adapters/pull", May: []string{"adapters", "internal/..."}, Tests: []string{"adapters/adaptertest"},
		Reason: "a file whose records are pulled is a source in one way, whatever its format",
	},
	{
		Dir: "adapters/adaptertest", May: []string{"adapters", "adapters/place", "internal/..."},
		Reason: "what every source must pass knows the contract and no source",
	},
	{
		Dir: "adapters/spreadsheet", May: []string{"adapters", "adapters/place", "adapters/spreadsheet/...", "internal/..."}, Tests: []string{"adapters/adaptertest"},
		Reason: "a source knows the contract, no other source, and no node",
	},
	{
		Dir: "adapters/spreadsheet/charset", May: []string{"adapters"},
		Reason: "bytes become text whatever they are the text of",
	},
	{
		Dir: "adapters/spreadsheet/sheet", May: []string{"adapters"},
		Reason: "what a workbook comes down to knows none of the formats",
	},
	{
		Dir: "adapters/spreadsheet/archive", May: []string{"adapters", "adapters/place"}, Tests: []string{"adapters/spreadsheet/booktest"},
		Reason: "what is packed is unpacked in one way, with one guard against harm",
	},
	{
		Dir: "adapters/spreadsheet/markup", May: []string{"adapters", "adapters/place", "adapters/spreadsheet/charset"},
		Reason: "XML of workbooks is read in one way, with one guard against harm",
	},
	{
		Dir: "adapters/spreadsheet/ole", May: []string{"adapters", "adapters/place"}, Tests: []string{"adapters/spreadsheet/booktest"},
		Reason: "the file system in a file knows nothing of the workbooks in it",
	},
	{
		Dir: "adapters/spreadsheet/xlsx", May: []string{"adapters", "adapters/place", "adapters/spreadsheet/archive", "adapters/spreadsheet/markup", "adapters/spreadsheet/sheet"}, Tests: []string{"adapters/spreadsheet/booktest"},
		Reason: "a format of workbooks knows what a sheet is, and no other format",
	},
	{
		Dir: "adapters/spreadsheet/ods", May: []string{"adapters", "adapters/place", "adapters/spreadsheet/archive", "adapters/spreadsheet/markup", "adapters/spreadsheet/sheet"}, Tests: []string{"adapters/spreadsheet/booktest"},
		Reason: "a format of workbooks knows what a sheet is, and no other format",
	},
	{
		Dir: "adapters/spreadsheet/xls", May: []string{"adapters", "adapters/place", "adapters/spreadsheet/charset", "adapters/spreadsheet/ole", "adapters/spreadsheet/sheet"}, Tests: []string{"adapters/spreadsheet/booktest"},
		Reason: "a format of workbooks knows what a sheet is, and no other format",
	},
	{
		Dir: "adapters/spreadsheet/xmlss", May: []string{"adapters", "adapters/spreadsheet/markup", "adapters/spreadsheet/sheet"}, Tests: []string{"adapters/spreadsheet/booktest"},
		Reason: "a format of workbooks knows what a sheet is, and no other format",
	},
	{
		Dir: "adapters/spreadsheet/webpage", May: []string{"adapters", "adapters/spreadsheet/charset", "adapters/spreadsheet/sheet"}, Tests: []string{"adapters/spreadsheet/booktest"},
		Reason: "a format of workbooks knows what a sheet is, and no other format",
	},
	{
		Dir: "adapters/spreadsheet/delimited", May: []string{"adapters", "adapters/spreadsheet/charset", "adapters/spreadsheet/sheet"}, Tests: []string{"adapters/spreadsheet/booktest"},
		Reason: "lines of text become the same lines as those of a sheet",
	},
	{
		Dir: "adapters/spreadsheet/layout", May: []string{"adapters", "adapters/spreadsheet/sheet"},
		Reason: "what a header is does not depend on the file that it stands in",
	},
	{
		Dir: "adapters/spreadsheet/records", May: []string{"adapters", "adapters/spreadsheet/layout", "adapters/spreadsheet/sheet"},
		Reason: "lines become records whatever file they come from",
	},
	{
		Dir: "adapters/spreadsheet/files", May: []string{"adapters", "adapters/place", "adapters/spreadsheet/archive", "adapters/spreadsheet/charset", "adapters/spreadsheet/ods", "adapters/spreadsheet/ole", "adapters/spreadsheet/xls", "internal/errs"}, Tests: []string{"adapters/spreadsheet/booktest"},
		Reason: "files are found and told apart in one way for every source that reads text or tables",
	},
	{
		Dir: "adapters/spreadsheet/books", May: []string{"adapters", "adapters/place", "adapters/spreadsheet/charset", "adapters/spreadsheet/files", "adapters/spreadsheet/ods", "adapters/spreadsheet/sheet", "adapters/spreadsheet/webpage", "adapters/spreadsheet/xls", "adapters/spreadsheet/xlsx", "adapters/spreadsheet/xmlss", "internal/errs"}, Tests: []string{"adapters/spreadsheet/booktest"},
		Reason: "one place knows every format of workbooks",
	},
	{
		Dir: "adapters/spreadsheet/booktest", May: []string{"adapters", "adapters/place", "adapters/spreadsheet/sheet"},
		Reason: "what tests of formats stand on: small workbooks, and how one is shown",
	},
	{
		Dir: "adapters/jsontree", May: []string{"adapters", "internal/..."},
		Reason: "how JSON becomes records is one thing, which system wrote it another",
	},
	{
		Dir:    "adapters/kobo",
		May:    []string{"adapters", "adapters/place", "adapters/export", "adapters/export/...", "adapters/kobo/choices", "adapters/kobo/headers", "adapters/kobo/legacy", "internal/..."},
		Tests:  []string{"adapters/adaptertest"},
		Reason: "what KoBoToolbox writes into tables, and no node; what asks it over the network is apart",
	},
	{
		Dir: "adapters/kobo/choices", May: []string{"adapters", "internal/..."},
		Reason: "which columns are the choices of a question is proved by rows, whatever form there is",
	},
	{
		Dir: "adapters/kobo/headers", May: []string{"adapters", "adapters/xlsform", "internal/..."},
		Reason: "what a form says of columns is asked with their names, whatever table they are in",
	},
	{
		Dir: "adapters/kobo/legacy", May: []string{"adapters", "adapters/export/join", "adapters/jsontree", "internal/..."},
		Reason: "files that nobody writes any more are read apart from those that are written",
	},
	{
		Dir: "adapters/kobo/koboapi", May: []string{"adapters", "adapters/kobo/koboapi/submission", "adapters/webapi/...", "adapters/jsontree", "adapters/xlsform", "internal/..."}, Tests: []string{"adapters/adaptertest"},
		Reason: "a source over the network knows what asks and what its records are written in, and no node",
	},
	{
		Dir: "adapters/kobo/koboapi/submission", May: []string{"adapters", "adapters/jsontree", "adapters/xlsform", "internal/..."},
		Reason: "what a server says of forms and submissions is made into records without asking anybody",
	},
	{
		Dir: "adapters/jsonfile", May: []string{"adapters", "adapters/place", "adapters/pull", "adapters/jsonfile/...", "adapters/jsontree", "adapters/spreadsheet/files", "internal/..."}, Tests: []string{"adapters/adaptertest"},
		Reason: "files are found, unpacked and decoded in one way; what is in them is another thing",
	},
	{
		Dir: "adapters/jsonfile/lists", May: []string{"adapters", "adapters/jsonfile/scan", "adapters/jsonfile/walk", "internal/..."},
		Reason: "where records may be is looked for once, and then told by pointers",
	},
	{
		Dir: "adapters/jsonfile/scan", May: []string{"adapters", "internal/..."},
		Reason: "a text is cut into values before anybody asks what is in them",
	},
	{
		Dir: "adapters/jsonfile/walk", May: []string{"adapters", "adapters/jsonfile/scan", "internal/..."},
		Reason: "values are found in a text by pointers, and what becomes of them is the caller's",
	},
	{
		Dir: "adapters/export", May: []string{"adapters", "adapters/place", "adapters/export/...", "adapters/xlsform", "adapters/xlsform/formfile", "internal/..."},
		Reason: "records and their repeats in several tables are brought together once, for every system that writes such files",
	},
	{
		Dir: "adapters/export/book", May: []string{"adapters", "adapters/place", "adapters/spreadsheet", "internal/..."},
		Reason: "which tables a file has is no matter of what they mean",
	},
	{
		Dir: "adapters/export/join", May: []string{"adapters", "adapters/export/book", "adapters/jsontree", "internal/..."},
		Reason: "rows are brought together by what they call each other, whatever columns they get",
	},
	{
		Dir: "adapters/commcare", May: []string{"adapters", "adapters/place", "adapters/export", "adapters/export/...", "adapters/spreadsheet", "internal/..."}, Tests: []string{"adapters/adaptertest"},
		Reason: "what CommCare HQ writes into tables, and no node",
	},
	{
		Dir: "adapters/commcare/commcareapi", May: []string{"adapters", "adapters/webapi/...", "adapters/jsontree", "internal/..."}, Tests: []string{"adapters/adaptertest"},
		Reason: "a source over the network knows what asks and what its records are written in, and no node",
	},
	{
		Dir: "adapters/odk/odkapi", May: []string{"adapters", "adapters/odk/odkapi/answers", "adapters/place", "adapters/webapi/...", "adapters/jsontree", "adapters/xlsform", "adapters/xlsform/formfile", "internal/..."}, Tests: []string{"adapters/adaptertest"},
		Reason: "a source over the network knows what asks and what its records are written in, and no node",
	},
	{
		Dir: "adapters/odk/odkapi/answers", May: []string{"adapters", "adapters/jsontree", "adapters/xlsform", "internal/..."},
		Reason: "what a server says of forms and answers is made into values without asking anybody",
	},
	{
		Dir: "adapters/odk", May: []string{"adapters", "adapters/place", "adapters/export", "adapters/export/...", "adapters/xlsform", "internal/..."}, Tests: []string{"adapters/adaptertest"},
		Reason: "what ODK Central writes into tables, and no node",
	},
	{
		Dir:    "adapters/primero",
		May:    []string{"adapters", "adapters/place", "adapters/pull", "adapters/primero/cells", "adapters/primero/consent", "adapters/primero/tabs", "adapters/primero/zipcrypt", "adapters/jsonfile", "adapters/jsontree", "adapters/spreadsheet", "adapters/spreadsheet/archive", "internal/..."},
		Tests:  []string{"adapters/adaptertest"},
		Reason: "exports are workbooks, tables and JSON, and what reads those knows no Primero",
	},
	{
		Dir: "adapters/primero/cells", May: []string{"adapters", "adapters/jsontree", "internal/..."},
		Reason: "what one cell says is read alike in a tab and in a CSV file",
	},
	{
		Dir: "adapters/primero/tabs", May: []string{"adapters", "adapters/place", "adapters/pull", "adapters/primero/cells", "adapters/jsontree", "adapters/spreadsheet", "internal/..."},
		Reason: "tabs are brought together by their IDs, whoever may be taken",
	},
	{
		Dir: "adapters/primero/zipcrypt", May: []string{"adapters", "internal/..."},
		Reason: "what a password opens is bytes, and nobody's format",
	},
	{
		Dir: "adapters/primero/consent", May: []string{"adapters", "internal/..."},
		Reason: "whose records may be taken is judged once, for exports and for the API",
	},
	{
		Dir: "adapters/primero/primeroapi", May: []string{"adapters", "adapters/webapi/...", "adapters/jsontree", "adapters/primero/consent", "internal/..."}, Tests: []string{"adapters/adaptertest"},
		Reason: "a source over the network knows what asks and what its records are written in, and no node",
	},
	{
		Dir:    "adapters/uwazi",
		May:    []string{"adapters", "adapters/place", "adapters/pull", "adapters/uwazi/beside", "adapters/jsonfile", "adapters/jsontree", "adapters/spreadsheet", "internal/..."},
		Tests:  []string{"adapters/adaptertest"},
		Reason: "imports are tables beside documents, and what reads those knows no Uwazi",
	},
	{
		Dir: "adapters/uwazi/beside", May: []string{"adapters", "adapters/place", "adapters/spreadsheet/archive", "internal/..."},
		Reason: "documents are found by names that a stranger wrote, in one place",
	},
	{
		Dir: "adapters/pipe", May: []string{"adapters", "adapters/pipe/wire", "internal/..."}, Tests: []string{"adapters/adaptertest"},
		Reason: "what passes between the two programs is the contract alone, whatever is read",
	},
	{
		Dir: "adapters/pipe/wire", May: []string{"adapters", "internal/..."},
		Reason: "what both programs write and read is written down once, and knows neither",
	},
	{
		Dir: "adapters/xlsform", May: []string{"adapters", "internal/..."},
		Reason: "what a form means is one thing, where its rows come from another",
	},
	{
		Dir: "adapters/xlsform/formfile", May: []string{"adapters", "adapters/place", "adapters/pull", "adapters/spreadsheet", "adapters/xlsform", "internal/..."}, Tests: []string{"adapters/adaptertest"},
		Reason: "forms are written in workbooks, and what reads those knows no form",
	},
	{
		Dir: "adapters/webapi", May: []string{"adapters", "internal/..."},
		Reason: "one client asks every server, and knows none of them",
	},
	{
		Dir: "adapters/webapi/paging", May: []string{"adapters", "adapters/webapi", "adapters/jsontree", "internal/..."},
		Reason: "how lists are read page by page and gone on with is the same for every server, and knows none of them",
	},
	{
		Dir: "adapters/tables", May: []string{"adapters", "internal/..."},
		Reason: "tables and values of databases are one thing, whether a server or a file holds them",
	},
	{
		Dir: "adapters/tables/charset", May: []string{"adapters", "internal/..."},
		Reason: "how bytes become texts is judged in one place, whatever column they stand in",
	},
	{
		Dir: "adapters/tables/streams", May: []string{"adapters", "adapters/tables", "internal/..."},
		Reason: "a table becomes a stream in one way, with its key and its joins, whatever gives its rows",
	},
	{
		Dir: "adapters/tables/system", May: []string{"adapters", "adapters/tables", "internal/..."},
		Reason: "a system of several tables becomes a source in one way, and which system it is, is not known here",
	},
	{
		Dir: "adapters/sqldump", May: []string{"adapters", "adapters/place", "adapters/sqldump/...", "adapters/tables/...", "internal/..."}, Tests: []string{"adapters/adaptertest"},
		Reason: "a source knows the contract, no other source, and no node",
	},
	{
		Dir: "adapters/sqldump/textfile", May: []string{"adapters", "adapters/place", "internal/..."},
		Reason: "how a text lies in a file is nothing that its language knows",
	},
	{
		Dir: "adapters/sqldump/sqlitefile", May: []string{"adapters", "adapters/place", "adapters/tables/...", "internal/..."},
		Reason: "a database file is read by the database itself and shares nothing with dumps but what tables are",
	},
	{
		Dir:    "adapters/sqldump/lex",
		Reason: "a text is cut into tokens, whatever they say",
	},
	{
		Dir: "adapters/sqldump/phrase", May: []string{"adapters/sqldump/lex", "adapters/tables/charset"},
		Reason: "names and types are said alike in every statement",
	},
	{
		Dir: "adapters/sqldump/values", May: []string{"adapters/sqldump/lex", "adapters/sqldump/phrase"},
		Reason: "a value is written in one way, whatever brings it",
	},
	{
		Dir: "adapters/sqldump/ddl", May: []string{"adapters/sqldump/lex", "adapters/sqldump/phrase", "adapters/tables"},
		Reason: "what is said of tables is read without their rows",
	},
	{
		Dir: "adapters/sqldump/statement", May: []string{"adapters/sqldump/ddl", "adapters/sqldump/lex", "adapters/sqldump/phrase", "adapters/sqldump/values", "adapters/tables/charset"},
		Reason: "what statements say is read once, whoever asks",
	},
	{
		Dir: "adapters/sqldump/survey", May: []string{"adapters/place", "adapters/sqldump/...", "adapters/tables/..."},
		Reason: "where rows stand is found before any of them is read",
	},
	{
		Dir: "adapters/access", May: []string{"adapters", "adapters/place", "adapters/sqldump", "adapters/tables/...", "adapters/webapi", "internal/..."}, Tests: []string{"adapters/adaptertest"},
		Reason: "what other programs print of a database is read as a dump is; they are started by casehub-source alone",
	},
	{
		Dir: "adapters/sqldb", May: []string{"adapters", "adapters/sqldb/server", "adapters/tables/...", "adapters/webapi", "internal/..."}, Tests: []string{"adapters/adaptertest", "adapters/sqldb/mariadbtest"},
		Reason: "live databases are asked by one package, which no node links",
	},
	{
		Dir: "adapters/sqldb/server", May: []string{"adapters", "adapters/tables", "internal/..."},
		Reason: "what is asked of a server is made of names and single SELECTs; what becomes of the answers is not known here",
	},
	{
		Dir:    "adapters/sqldb/mariadbtest",
		Reason: "what starts a server for tests knows nothing of what is tested",
	},
	{
		Dir: "adapters/civicrm", May: []string{"adapters", "adapters/civicrm/site", "adapters/tables/...", "internal/..."}, Tests: []string{"adapters/adaptertest", "adapters/place", "adapters/sqldump", "adapters/sqldb/..."},
		Reason: "a source that reads tables does not care whether a server or a dump holds them",
	},
	{
		Dir: "adapters/civicrm/site", May: []string{"adapters", "adapters/tables", "internal/..."},
		Reason: "what describes a site is read before its records, and knows nothing of them",
	},
	{
		Dir: "adapters/civicrm/civiapi", May: []string{"adapters", "adapters/civicrm/civiapi/...", "adapters/webapi/...", "adapters/jsontree", "internal/..."}, Tests: []string{"adapters/adaptertest"},
		Reason: "a source over the network knows what asks and what its records are written in, and no node",
	},
	{
		Dir: "adapters/civicrm/civiapi/api4", May: []string{"adapters", "adapters/webapi/...", "adapters/jsontree", "internal/..."},
		Reason: "how the API is asked, whatever is made of its answers",
	},
	{
		Dir: "adapters/civicrm/civiapi/beside", May: []string{"adapters", "adapters/civicrm/civiapi/api4", "adapters/jsontree", "internal/..."},
		Reason: "what stands in other tables is asked for page by page, and knows no reading",
	},
	{
		Dir: "adapters/casebox", May: []string{"adapters", "adapters/casebox/...", "adapters/tables/...", "internal/..."}, Tests: []string{"adapters/adaptertest", "adapters/place", "adapters/sqldump", "adapters/sqldb/..."},
		Reason: "a source that reads tables does not care whether a server or a dump holds them",
	},
	{
		Dir: "adapters/casebox/core", May: []string{"adapters", "adapters/casebox/value", "adapters/tables", "internal/..."},
		Reason: "what describes a core is read before any of its records",
	},
	{
		Dir: "adapters/casebox/value", May: []string{"adapters", "adapters/tables", "internal/..."},
		Reason: "values are JSON of three shapes, whatever node they are of",
	},
	{
		Dir: "node", May: []string{"node/...", "adapters", "adapters/place", "policy/...", "proto/...", "internal/..."}, Tests: []string{"adapters/..."},
		Reason: "the one place where a node's areas meet; a node never knows a hub",
	},
	{
		Dir: "node/home", May: []string{"internal/..."},
		Reason: "the first page shows what the areas hand over and knows none of them",
	},
	{
		Dir: "node/unseal", May: []string{"internal/..."}, Tests: []string{"node/locale"},
		Reason: "the page of a sealed node stands where no area can be read",
	},
	{
		Dir: "node/setup", May: []string{"internal/..."}, Tests: []string{"node/locale"},
		Reason: "the first run asks for a plan and knows no area that is made from it",
	},
	{
		Dir: "node/migrations", Tests: []string{"internal/..."},
		Reason: "the database's history is SQL alone",
	},
	{
		Dir: "node/locale", Tests: []string{"internal/..."},
		Reason: "messages are text alone",
	},
	{
		Dir: "node/access/accesstest", May: []string{"node/access", "node/access/accesstest/oracle", "policy", "internal/..."},
		Reason: "what the tests of the areas stand on: people in positions",
	},
	{
		Dir:    "node/access/accesstest/oracle",
		Reason: "what the gate is compared with must not share a line with it",
	},
	{
		Dir: "node/vault/vaulttest", May: []string{"node/vault"},
		Reason: "tests of any area open a vault with cheap passwords; no program does",
	},
	{
		Dir: "node/backup/store", May: []string{"internal/..."},
		Reason: "where backups are kept sees ciphertext and knows nothing of what is in it",
	},
	{
		Dir: "hub", May: []string{"hub/...", "proto/...", "policy/...", "internal/..."},
		Reason: "the one place where the hub's areas meet; the hub never knows a node",
	},
	{
		Dir: "hub/migrations", Tests: []string{"internal/..."},
		Reason: "the database's history is SQL alone",
	},
	{
		Dir: "hub/locale", Tests: []string{"internal/..."},
		Reason: "messages are text alone",
	},
	{
		Dir: "cmd/casehub-node", May: []string{"node/...", "adapters/...", "cmd/internal/sources", "internal/..."},
		Reason: "flags and signals of a node",
	},
	{
		Dir: "cmd/internal/sources", May: []string{"node/imports", "adapters/...", "internal/..."}, Tests: []string{"node"},
		Reason: "the choice of sources, for each program that holds a node",
	},
	{
		Dir: "cmd/casehub-source", May: []string{"adapters/...", "internal/..."},
		Reason: "reads other systems over the network for a node and knows nothing of one",
	},
	{
		Dir: "cmd/casehub-hub", May: []string{"hub/...", "internal/..."}, Tests: []string{"proto/..."},
		Reason: "flags and signals of the hub",
	},
	{
		Dir: "cmd/casehub-demo", May: []string{"node/...", "hub/...", "adapters/...", "proto/...", "cmd/internal/sources", "internal/..."},
		Reason: "the only program that holds both sides, to show them together",
	},
	{
		Dir:    "deploy/...",
		Reason: "what stands around the programs knows nothing inside them",
	},
}

// The domain areas in their order: each may import those before it.
var (
	nodeAreas = []string{
		"vault", "audit", "people", "access", "keys", "clients", "cases", "consultations", "turnaways", "referrals", "tasks", "documents", "finance", "surveys",
		"events", "complaints", "quality", "parcels", "search", "alerts", "reports", "imports", "ledger", "auditor", "egress", "consents", "retention", "backup",
	}
	hubAreas = []string{"people", "registry", "ingest", "statistics", "api", "dashboard"}
)

// extra is what one area may import beside the areas before it.
var extra = map[string][]string{
	"node/imports": {"adapters", "adapters/place"},
	"node/egress":  {"policy/..."},
	"node/access":  {"policy/..."},
	"node/backup":  {"node/backup/store"},
}

// extraTests is what the tests of one area may import.
var extraTests = map[string][]string{
	"node/imports": {"adapters/spreadsheet", "node/ledger"}, // real files through a real source; what an import feeds the ledger with
}

// areas makes the rows of the domain areas of a part.
func areas(part string, names []string) []Layer {
	var rows []Layer
	for i, name := range names {
		dir := part + "/" + name
		may := append([]string{"internal/...", "proto/..."}, extra[dir]...)
		for _, before := range names[:i] {
			may = append(may, part+"/"+before)
		}
		rows = append(rows, Layer{
			Dir: dir, May: may, Tests: append([]string{part + "/migrations", part + "/locale", part + "/vault/vaulttest", part + "/access/accesstest/..."}, extraTests[dir]...),
			Reason: "an area knows only the areas before it, so that each can be read without those behind it",
		})
	}
	return rows
}

// outside are the doors: who may import which module.
var outside = []Door{
	{Module: "filippo.io/age", In: []string{"node/vault", "node/backup/..."}, Reason: "what is encrypted as a stream can be opened by the age program in ten years"},
	{Module: "github.com/BurntSushi/toml", In: []string{"internal/locale", "internal/settings"}, Reason: "catalogues and settings are each read in one way"},
	{Module: "github.com/bufbuild/protocompile", In: []string{"internal/protogen"}, Reason: "code is made from proto/ without protoc"},
	{Module: "github.com/chromedp/chromedp", In: []string{"internal/web/webtest"}, Reason: "tests open pages in a browser; no program does"},
	{Module: "github.com/go-webauthn/webauthn", In: []string{"node/people"}, Reason: "only where people come in are passkeys asked for"},
	{Module: "github.com/gabriel-vasile/mimetype", In: []string{"node/documents"}, Reason: "what kind of file somebody brought is told by its bytes, in one place"},
	{Module: "github.com/goccy/go-yaml", In: []string{"node/imports"}, Reason: "mappings are the only YAML that people write for us"},
	{Module: "github.com/go-sql-driver/mysql", In: []string{"adapters/sqldb/..."}, Reason: "other systems' databases are read by their source in casehub-source alone"},
	{Module: "github.com/google/go-cmp", Tests: []string{"..."}, Reason: "a test's tool"},
	{Module: "github.com/google/uuid", In: []string{"internal/reference"}, Reason: "identifiers are made in one place"},
	{Module: "github.com/jackc/pgx/v5", In: []string{"hub/...", "internal/postgres/...", "adapters/sqldb/server"}, Tests: []string{"adapters/sqldb"}, Reason: "Postgres is the hub's, and that of other systems which casehub-source reads; a node has none"},
	{Module: "github.com/microsoft/go-mssqldb", In: []string{"adapters/sqldb/server"}, Reason: "other systems' databases are read by their source in casehub-source alone"},
	{Module: "github.com/minio/minio-go/v7", In: []string{"node/backup/store"}, Reason: "the second way out of a node: it takes only what the age writer made"},
	{Module: "github.com/nats-io/nats-server/v2", In: []string{"internal/broker/..."}, Reason: "the embedded broker starts and stops in one place"},
	{Module: "github.com/nats-io/nats.go", In: []string{"node/egress", "hub/ingest", "internal/broker/..."}, Tests: []string{"hub", "internal/canary"}, Reason: "one package sends and one receives; a test plays an office"},
	{Module: "github.com/nats-io/jwt/v2", In: []string{"internal/broker/brokertest"}, Reason: "a test plays the operator of a foreign broker"},
	{Module: "github.com/nats-io/nkeys", In: []string{"node/egress", "internal/broker/..."}, Tests: []string{"hub/...", "cmd/casehub-hub", "internal/canary"}, Reason: "an office shows the broker who it is with a key of its own"},
	{Module: "github.com/ncruces/go-sqlite3", In: []string{"internal/sqlite"}, Reason: "encryption, checks and the single writer are set up in one place"},
	{Module: "github.com/nicksnyder/go-i18n/v2", In: []string{"internal/locale"}, Reason: "what a person reads comes out of the catalogues in one way"},
	{Module: "github.com/nyaruka/phonenumbers", In: []string{"node/imports"}, Reason: "numbers of old registers are put into one form where they come in"},
	{Module: "github.com/open-policy-agent/opa", In: []string{"policy"}, Reason: "the sandbox around the evaluator must have no second entrance"},
	{Module: "github.com/pressly/goose/v3", In: []string{"internal/sqlite", "internal/postgres"}, Reason: "migrations run in one way for each database"},
	{Module: "github.com/pquerna/otp", In: []string{"node/people"}, Reason: "only where people come in are one-time codes asked for"},
	{Module: "github.com/prometheus/client_golang", In: []string{"node", "hub"}, Reason: "names and labels of metrics are a closed list in each part's metrics.go"},
	{Module: "github.com/rogpeppe/go-internal", Tests: []string{"..."}, Reason: "commands are tested by scripts"},
	{Module: "github.com/santhosh-tekuri/jsonschema/v6", Tests: []string{"node/imports"}, Reason: "the schema that editors use is held to the program that reads mappings"},
	{Module: "github.com/schollz/progressbar/v3", In: []string{"cmd/..."}, Reason: "only a command has a terminal"},
	{Module: "github.com/tyler-smith/go-bip39", In: []string{"node/vault"}, Reason: "the word lists of recovery words"},
	{Module: "github.com/xuri/excelize/v2", In: []string{"adapters/adaptertest"}, Tests: []string{"adapters/..."}, Reason: "tests write workbooks by it and read them a second time; programs stream them"},
	{Module: "golang.org/x/crypto", In: []string{"node/vault"}, Reason: "passwords and slots are computed where the master key is"},
	{Module: "golang.org/x/sys", In: []string{"internal/disk"}, Reason: "the room on a disk is a question to the system; nothing else below the library is asked"},
	{Module: "golang.org/x/term", In: []string{"cmd/casehub-node"}, Reason: "a password is typed at a terminal without being shown"},
	{Module: "github.com/klauspost/compress", In: []string{"internal/canary"}, Reason: "what is searched for leaks may be compressed; no program of ours compresses by it"},
	{Module: "golang.org/x/net", In: []string{"adapters/spreadsheet/webpage"}, Tests: []string{"internal/canary"}, Reason: "web pages that are called .xls are cut into tags; what passed on a wire is read again by a test"},
	{Module: "golang.org/x/tools", In: []string{"internal/reach"}, Reason: "who can reach the network is read from the program's source; no program holds it"},
	{Module: "golang.org/x/text", In: []string{"internal/locale", "internal/text", "node/auditor", "adapters/spreadsheet/charset", "adapters/tables/charset", "adapters/sqldump/textfile"}, Reason: "languages, normal forms and encodings; the auditor reads names without a line of the ledger's"},
	{Module: "google.golang.org/grpc", In: []string{"proto/...", "node/egress", "hub/..."}, Tests: []string{"internal/twins", "internal/canary"}, Reason: "a node asks the hub for receipts in one package; a test plays the hub"},
	{Module: "google.golang.org/protobuf", In: []string{"proto/...", "internal/release", "internal/protogen"}, Tests: []string{"node/egress", "hub/..."}, Reason: "the bytes of a release are made and read in one place"},
	{Module: "pgregory.net/rapid", Tests: []string{"..."}, Reason: "a test's tool"},
}

// apart are the sources that are asked over the network or start programs, in
// casehub-source alone.
var apart = []string{"adapters/access", "adapters/webapi", "adapters/kobo/koboapi", "adapters/odk/odkapi", "adapters/commcare/commcareapi", "adapters/primero/primeroapi", "adapters/civicrm/civiapi", "adapters/sqldb"}

// ways are the ways out of a node by Go's own library.
var ways = []Guard{
	{
		Package: "net/http",
		Names:   []string{"Client", "DefaultClient", "DefaultTransport", "Get", "Head", "NewRequest", "NewRequestWithContext", "Post", "PostForm", "RoundTripper", "Transport"},
		Reason:  "a node asks nobody by HTTP; what leaves it goes through node/egress",
	},
	{
		Package: "net",
		Names:   []string{"Dial", "DialIP", "DialTCP", "DialTimeout", "DialUDP", "DialUnix", "Dialer", "Resolver", "LookupAddr", "LookupHost", "LookupIP", "LookupTXT"},
		Reason:  "only node/egress opens a connection, and through its clients of the hub; a question to a name server is a message too",
	},
	{
		Package: "crypto/tls", In: []string{"node/egress", "internal/pki", "internal/web/serve.go"},
		Reason: "only node/egress speaks to another machine; the pages are answered over TLS in the office's network",
	},
	{
		Package: "crypto/tls", Names: []string{"Client", "Dial", "DialWithDialer", "Dialer"},
		Reason: "what serves pages begins no connection, and node/egress leaves that to its clients of the hub",
	},
	{Package: "net/rpc", Reason: "a second protocol would be a second way out"},
	{Package: "net/smtp", Reason: "mail is a way out and has no gate yet"},
	{Package: "log/syslog", Reason: "logs stay on the machine unless the office sends them"},
	{
		Package: "os/exec", In: []string{"cmd/internal/sources/live.go"},
		Reason: "a program that is started could send anything; casehub-source is handed what it is to read and nothing of the node",
	},
	{Package: "syscall", In: []string{"cmd/casehub-node/main.go"}, Reason: "below the library no rule can be seen; main needs the names of signals"},
	{Package: "unsafe", In: []string{"proto"}, Reason: "generated code turns strings into bytes with it; nobody else needs it"},
	{Package: "plugin", Reason: "code that comes later was checked by nobody"},
}
