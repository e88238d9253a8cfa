package node

// importPlans are the plans of runs, of what they hold back, and of schedules. Nobody of
// a world has imported: who is shown which row is shown by the tests of node/imports.
var importPlans = map[string]func(*proof) []call{
	"GET /imports":                            fixed(),
	"GET /imports/runs/{id}":                  fixed(),
	"GET /imports/runs/{id}/report/{what}":    fixed(),
	"GET /imports/runs/{id}/undo":             fixed(),
	"POST /imports/runs/{id}/undo":            fixed(),
	"GET /imports/runs/{id}/held":             fixed(),
	"POST /imports/runs/{id}/held":            fixed(),
	"POST /imports/runs/{id}/held/import":     fixed(),
	"GET /imports/runs/{id}/held/file/{what}": fixed(),
	"POST /imports/runs/{id}/held/file":       sends("/imports/runs/none/held/file"),
	"GET /imports/jobs/{id}":                  fixed(),
	"GET /imports/jobs/{id}/progress":         fixed(),
	"POST /imports/jobs/{id}/stop":            fixed(),
	"POST /imports/jobs/{id}/continue":        fixed(),
	"GET /imports/schedules":                  fixed(),
	"GET /imports/schedules/new":              fixed(),
	"POST /imports/schedules":                 fixed(),
	"GET /imports/schedules/{id}":             fixed(),
	"POST /imports/schedules/{id}":            fixed(),
	"POST /imports/schedules/{id}/run":        fixed(),
	"POST /imports/schedules/{id}/switch":     fixed(),
	"POST /imports/schedules/{id}/remove":     fixed(),
}
