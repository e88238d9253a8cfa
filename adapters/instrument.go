package adapters

// Instrument is one version of a form as it was put to people: its questions with
// what each may be answered by, in every language that it has. It is kept as it is.
type Instrument struct {
	ID      string // of the form at its source
	Title   string
	Version string // "" where the form names none
	// Languages of the labels, "" for the one without a name. Labels stand in the
	// same order.
	Languages []string
	// Default is the place of the language that a form is shown in first.
	Default   int
	Questions []Question
	Choices   []Choice
}

// Question is one row of a form: a question, or the beginning of a group or repeat.
type Question struct {
	// Name of the value in the records of the stream, or of the repeat that the
	// question is in: groups and name, joined by slashes.
	Name string
	// Repeat is the path of the repeats around the question, joined by slashes; ""
	// outside of them.
	Repeat string
	// Type in the words of XLSForm: text, integer, select_one, select_multiple,
	// begin_group, begin_repeat, ...
	Type string
	// List names the choices of a selection.
	List string
	// Other is true where an answer outside the list has a question of its own.
	Other    bool
	Labels   []string // by language, "" where it has none
	Hints    []string
	Required bool
	Relevant string // the condition under which it is asked, as it is written
}

// Choice is one answer that a question offers.
type Choice struct {
	List, Name string
	Labels     []string // by language, "" where it has none
}

// Label returns the label of a language, or else the first that there is.
func Label(labels []string, language int) string {
	if language >= 0 && language < len(labels) && labels[language] != "" {
		return labels[language]
	}
	for _, l := range labels {
		if l != "" {
			return l
		}
	}
	return ""
}
