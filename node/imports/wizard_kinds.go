package imports

import "slices"

// Kind is a system that the wizard offers to bring records from. Its words are in the
// catalogue, under "wizard.kind-", "wizard.about-" and "wizard.how-" with its type.
type Kind struct {
	Type string // as a mapping names it
	// Live is read over the network, by settings that only the mapping has.
	Live bool
	// Accept are the endings of its files, as an input for files takes them.
	Accept string
	// Settings is a first mapping for a live source, to be filled in.
	Settings string
}

// kinds in the order in which they are offered.
var kinds = []Kind{
	{Type: "spreadsheet", Accept: ".csv,.tsv,.txt,.xlsx,.xlsm,.xls,.ods,.zip,.gz"},
	{Type: "kobo-export", Accept: ".csv,.xlsx,.zip"},
	{Type: "odk-export", Accept: ".csv,.zip"},
	{Type: "commcare-export", Accept: ".csv,.xlsx,.zip"},
	{Type: "sqldump", Accept: ".sql,.txt,.gz,.zip,.dump"},
	{Type: "casebox-dump", Accept: ".sql,.gz,.zip"},
	{Type: "civicrm-dump", Accept: ".sql,.gz,.zip"},
	{Type: "primero-export", Accept: ".xlsx,.csv,.json,.zip"},
	{Type: "uwazi-export", Accept: ".csv,.json,.zip"},
	{Type: "json", Accept: ".json,.ndjson,.jsonl,.zip,.gz"},
	{Type: "kobo", Live: true, Settings: liveSurvey("kobo", "url: https://kf.kobotoolbox.org, token_env: CASEHUB_SOURCE_KOBO, assets: {answers: THE-UID-OF-THE-PROJECT}", "_submission_time")},
	{Type: "odk", Live: true, Settings: liveSurvey("odk", "url: https://central.example.org, email: THE-USER, password_env: CASEHUB_SOURCE_ODK, project: 1, forms: {answers: THE-ID-OF-THE-FORM}", "SubmissionDate")},
	{Type: "commcare", Live: true, Settings: liveSurvey("commcare", "domain: THE-PROJECT, user: THE-EMAIL, key_env: CASEHUB_SOURCE_COMMCARE", "received_on")},
	{Type: "sqldb", Live: true, Settings: liveTables("sqldb", "dsn_env: CASEHUB_SOURCE_DSN")},
	{Type: "casebox", Live: true, Settings: liveTables("casebox", "dsn_env: CASEHUB_SOURCE_CASEBOX")},
	{Type: "civicrm", Live: true, Settings: liveTables("civicrm", "dsn_env: CASEHUB_SOURCE_CIVICRM")},
	{Type: "civicrm-api", Live: true, Settings: liveTables("civicrm-api", "url: https://www.example.org, key_env: CASEHUB_SOURCE_CIVICRM_KEY")},
	{Type: "primero", Live: true, Settings: liveTables("primero", "url: https://primero.example.org, user: THE-USER, password_env: CASEHUB_SOURCE_PRIMERO")},
}

// liveSurvey is a first mapping for answers from a server.
func liveSurvey(name, settings, day string) string {
	return "mapping: " + name + "-live/1\ninstance: " + name + "-live\nsource: {type: " + name + ", " + settings + "}\n" +
		"defaults: {date_order: ymd}\nunmapped: keep_as_legacy_json\nstreams:\n" +
		"  answer:\n    to: answer\n    key: \"@key\"\n    fields:\n      answered_on: " + day + "\n"
}

// liveTables is a first mapping for the tables of a server.
func liveTables(name, settings string) string {
	return "mapping: " + name + "-live/1\ninstance: " + name + "-live\nsource: {type: " + name + ", " + settings + "}\n" +
		"defaults: {date_order: ymd}\nunmapped: keep_as_legacy_json\nstreams:\n" +
		"  client:\n    from: clients\n    to: client\n    key: \"@key\"\n    fields:\n      surname: surname\n      given_names: given_names\n"
}

// Kinds lists what can be brought in.
func Kinds() []Kind { return slices.Clone(kinds) }

// LiveTypes lists the types of sources that are asked over the network, and so can be
// read again and again without a file.
func LiveTypes() (types []string) {
	for _, k := range kinds {
		if k.Live {
			types = append(types, k.Type)
		}
	}
	slices.Sort(types)
	return types
}

// kindNamed returns a kind, or nil.
func kindNamed(name string) *Kind {
	for i := range kinds {
		if kinds[i].Type == name {
			return &kinds[i]
		}
	}
	return nil
}

// Starting is a shipped mapping to begin with. Its words are in the catalogue, under
// "wizard.start-" and its name.
type Starting struct {
	Name string
	Kind string
}

// StartsFor lists the shipped mappings for a kind of source.
func StartsFor(kind string) []Starting {
	var all []Starting
	for _, name := range ShippedNames() {
		b, ok := Shipped(name)
		if !ok {
			continue
		}
		if m, err := SourceSettings(b); err == nil && m.SourceType == kind {
			all = append(all, Starting{name, kind})
		}
	}
	return all
}
