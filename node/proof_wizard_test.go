package node

// wizardPlans are the plans of preparing an import. A draft is its owner's alone, and
// nobody of a world has one: TestADraftIsForItsOwnerAlone asks for somebody else's.
var wizardPlans = map[string]func(*proof) []call{
	"GET /imports/new":                  fixed(),
	"GET /imports/new/{what}":           fixed(),
	"POST /imports/new/{what}":          sends("/imports/new/none"),
	"GET /imports/drafts/{id}":          fixed(),
	"GET /imports/drafts/{id}/preview":  fixed(),
	"POST /imports/drafts/{id}/preview": fixed(),
	"GET /imports/drafts/{id}/columns":  fixed(),
	"POST /imports/drafts/{id}/columns": fixed(),
	"GET /imports/drafts/{id}/codes":    fixed(),
	"POST /imports/drafts/{id}/codes":   fixed(),
	"GET /imports/drafts/{id}/mapping":  fixed(),
	"POST /imports/drafts/{id}/mapping": fixed(),
	"GET /imports/drafts/{id}/try":      fixed(),
	"POST /imports/drafts/{id}/try":     fixed(),
	"GET /imports/drafts/{id}/yaml":     fixed(),
	"POST /imports/drafts/{id}/file":    sends("/imports/drafts/none/file"),
	"POST /imports/drafts/{id}/discard": fixed(),
}

// sends tries a form with a file once.
func sends(path string) func(*proof) []call {
	return func(*proof) []call { return []call{{path: path, files: []string{"register.csv"}}} }
}
