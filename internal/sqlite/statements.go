package sqlite

import "regexp"

// mostKept is how many statements a connection keeps compiled: all that a node asks
// in a month are about as many.
const mostKept = 300

// kept are the statements of one connection that were closed and may be wanted again.
// To compile one takes longer than most of them take to run. None of them is in use or
// has a value: the driver resets a statement and takes its values away when it ran.
type kept struct {
	byText map[string]keptStmt
	turn   uint64
}

type keptStmt struct {
	inner innerStmt
	turn  uint64
}

// take returns the statement of a text, nil when there is none.
func (k *kept) take(text string) innerStmt {
	s := k.byText[text].inner
	delete(k.byText, text)
	return s
}

// keep keeps a statement, and returns one that has to be closed instead, nil for none.
func (k *kept) keep(text string, s innerStmt) innerStmt {
	if k.byText == nil {
		k.byText = map[string]keptStmt{}
	}
	if _, is := k.byText[text]; is {
		return s
	}
	k.turn++
	k.byText[text] = keptStmt{s, k.turn}
	if len(k.byText) <= mostKept {
		return nil
	}
	for t, s := range k.byText {
		if s.turn < k.byText[text].turn {
			text = t
		}
	}
	return k.take(text)
}

// altering finds what may change the schema, or what a statement means by it. SQLite
// compiles again what was compiled before, but only when it runs: the driver has asked
// for its columns by then.
var altering = regexp.MustCompile(`(?i)\b(CREATE|ALTER|DROP|ATTACH|DETACH|VACUUM|REINDEX|PRAGMA)\b`)

// alters reports whether a statement may. One that only looks so is compiled more often.
func alters(text string) bool { return altering.MatchString(text) }

// all takes away everything that is kept.
func (k *kept) all() map[string]keptStmt {
	all := k.byText
	k.byText = nil
	return all
}
