package imports

import (
	"context"
	"fmt"
	"time"

	"casehub/internal/sqlite"
)

// jobLasts is how long a job that a person started is kept after its end: the name of its
// file and the words of its mapping can be somebody's.
const jobLasts = 30 * 24 * time.Hour

// Tidy removes the jobs of persons 30 days after they ended, or began where nobody
// continued them, but for the last of each draft that is kept. Then it removes the mappings
// that no job, no schedule and no run with rows in quarantine names. Runs stay, with a
// number for the names of their files.
func (j *Jobs) Tidy(ctx context.Context) error {
	j.mu.Lock()
	var running []JobID
	for id := range j.running {
		running = append(running, id)
	}
	j.mu.Unlock()
	before := j.svc.now().Add(-jobLasts)
	err := j.svc.db.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := deleteJobs(ctx, tx, before, running); err != nil {
			return err
		}
		if err := forgetNames(ctx, tx, before); err != nil {
			return err
		}
		return deleteMappings(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("removing old imports: %w", err)
	}
	return nil
}
