package imports

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"strings"
	"time"

	"casehub/internal/sqlite"
)

// The name of a file can be somebody's, and no erasure finds it in there: 30 days after the
// last run of an instance that read a file of a name, the file is called by the number of
// the first such run, wherever its name stands. Rows that it held back are found by that.

// namedRun is a run that ended, with the names of its files.
type namedRun struct {
	id       int64
	instance string
	source   string
	files    []string
	report   string
	old      bool
}

var (
	namedByRun = regexp.MustCompile(`^import-\d+(-\d+)?(\.[a-z0-9]{1,5})?$`)
	ending     = regexp.MustCompile(`^\.[a-z0-9]{1,5}$`)
)

// forgetNames gives the files of runs that ended before a moment other names.
func forgetNames(ctx context.Context, tx *sqlite.Tx, before time.Time) error {
	runs, err := namedRuns(ctx, tx, before)
	if err != nil {
		return fmt.Errorf("reading the names of files: %w", err)
	}
	type of struct{ instance, name string }
	given, young := map[of]string{}, map[of]bool{}
	for _, r := range runs {
		for i, name := range r.files {
			at := of{r.instance, name}
			young[at] = young[at] || !r.old
			if given[at] == "" {
				given[at] = r.called(name, i)
			}
		}
	}
	for _, r := range runs {
		names := map[string]string{}
		for _, name := range r.files {
			if at := (of{r.instance, name}); !young[at] && given[at] != name {
				names[name] = given[at]
			}
		}
		if len(names) == 0 {
			continue
		}
		if err := r.rename(ctx, tx, names); err != nil {
			return fmt.Errorf("forgetting the names of files: %w", err)
		}
	}
	return nil
}

// called is the name of the nth file of a run by its number.
func (r namedRun) called(name string, n int) string {
	if namedByRun.MatchString(name) {
		return name
	}
	end := strings.ToLower(path.Ext(name))
	if !ending.MatchString(end) {
		end = ""
	}
	if name == r.source {
		return fmt.Sprintf("import-%d%s", r.id, end)
	}
	return fmt.Sprintf("import-%d-%d%s", r.id, n+1, end)
}

// rename puts other names in the place of those of a run's files.
func (r namedRun) rename(ctx context.Context, tx *sqlite.Tx, names map[string]string) error {
	other := func(name string) string {
		if to, ok := names[name]; ok {
			return to
		}
		return name
	}
	for name, to := range names {
		if err := updateHeldFile(ctx, tx, r.instance, name, to); err != nil {
			return err
		}
	}
	files := make([]string, len(r.files))
	for i, name := range r.files {
		files[i] = other(name)
	}
	if r.report != "" {
		var report Report
		if err := json.Unmarshal([]byte(r.report), &report); err != nil {
			return err
		}
		report.Source.Name = other(report.Source.Name)
		for i := range report.NotRead { // sheets and files that no mapping names
			report.NotRead[i].Table = numberOf(i)
		}
		for i := range report.Places {
			p := &report.Places[i]
			for name, to := range names {
				if rest, ok := strings.CutPrefix(p.Loc, name); ok && (rest == "" || rest[0] == ':') {
					p.Loc = to + rest
					break
				}
			}
		}
		text, err := json.Marshal(report)
		if err != nil {
			return err
		}
		r.report = string(text)
	}
	r.source, r.files = other(r.source), files
	return updateNames(ctx, tx, r)
}
