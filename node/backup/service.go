package backup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/internal/reference"
	"casehub/internal/sqlite"
	"casehub/node/audit"
	"casehub/node/backup/store"
	"casehub/node/vault"
)

// firstHour is when backups are due until somebody says otherwise: a laptop is
// on at that time of the day.
const firstHour = 12

// filesFolder is where the attachments are in the folder of a node.
const filesFolder = "files"

// Actions that the audit records.
const (
	madeAction   = "backup.made"
	failedAction = "backup.failed"
	placeAdded   = "backup.place-added"
	placeEnded   = "backup.place-ended"
	hourChanged  = "backup.hour-changed"
	restored     = "backup.restored"

	drillRecorded = "backup.drill-recorded"
)

// Gate answers whether somebody may do something at all.
type Gate interface {
	May(ctx context.Context, who actor.Actor, action string) error
}

// Options is what backups are made of. All but Journal and Remote must be
// there.
type Options struct {
	DB    *sqlite.DB
	Vault *vault.Vault
	Keys  *vault.CaseKeys
	Files *vault.Files
	Gate  Gate
	// Names returns the names of people.
	Names func(ctx context.Context, ids ...string) (map[string]string, error)
	Now   func() time.Time // in the office's zone
	Log   *slog.Logger
	// Journal returns the erasure journal as it is kept.
	Journal func(ctx context.Context) ([]byte, error)
	// Remote is a store on another machine, nil for none; RemotePath is what a
	// person reads of it.
	Remote     store.Store
	RemotePath string
}

// Service makes backups and tells how they stand. It is safe for use by several
// goroutines; one backup runs at a time.
type Service struct {
	o       Options
	running sync.Mutex
	works   sync.WaitGroup
	stop    context.CancelFunc
	life    context.Context //nolint:containedctx // of the backups that were begun by a page and outlive its request

	mu       sync.Mutex
	progress *Progress // nil while nothing runs
}

// NewService makes the service. Close ends what it began.
func NewService(o Options) *Service {
	life, stop := context.WithCancel(context.Background())
	return &Service{o: o, life: life, stop: stop}
}

// Close ends a backup that runs and waits for its end. What it has written
// without ending is removed by the next one.
func (s *Service) Close() {
	s.stop()
	s.works.Wait()
}

func (s *Service) dir() string { return filepath.Dir(s.o.Vault.Path()) }

// shown reads the settings for a page, which makes none.
func (s *Service) shown(ctx context.Context) (settings, error) {
	have, err := selectSettings(ctx, s.o.DB)
	if errors.Is(err, sqlite.ErrNoRows) {
		return settings{Hour: firstHour}, nil
	}
	return have, err
}

// settings reads the settings and makes them at the first time.
func (s *Service) settings(ctx context.Context) (settings, error) {
	have, err := selectSettings(ctx, s.o.DB)
	if !errors.Is(err, sqlite.ErrNoRows) {
		return have, err
	}
	if err := insertSettings(ctx, s.o.DB, settings{store.NewID(), firstHour}); err != nil {
		return settings{}, err
	}
	return selectSettings(ctx, s.o.DB)
}

// Places returns where backups go.
func (s *Service) Places(ctx context.Context) ([]Place, error) {
	list, err := selectFolders(ctx, s.o.DB)
	if err != nil {
		return nil, fmt.Errorf("listing the places of backups: %w", err)
	}
	if s.o.Remote != nil {
		list = append(list, Place{ID: S3Place, Path: s.o.RemotePath, Store: s.o.Remote})
	}
	return list, nil
}

func (s *Service) place(ctx context.Context, id string) (Place, error) {
	list, err := s.Places(ctx)
	if err != nil {
		return Place{}, err
	}
	for _, p := range list {
		if p.ID == id {
			return p, nil
		}
	}
	return Place{}, ErrNoPlace
}

// AddFolder claims a folder and lets backups go there. It returns the place. It
// fails with ErrPath, ErrInside, store.ErrGone and store.ErrForeign.
func (s *Service) AddFolder(ctx context.Context, who actor.Actor, path string) (Place, error) {
	if err := s.o.Gate.May(ctx, who, "backup.manage"); err != nil {
		return Place{}, err
	}
	path, err := s.cleanPath(path)
	if err != nil {
		return Place{}, err
	}
	have, err := s.settings(ctx)
	if err != nil {
		return Place{}, err
	}
	p := Place{ID: reference.NewID(), Path: path, AddedAt: s.o.Now(), Store: store.Folder{Path: path}}
	if err := p.Store.Claim(ctx, have.ID); err != nil {
		return Place{}, err
	}
	err = s.o.DB.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := insertFolder(ctx, tx, p); err != nil {
			return fmt.Errorf("adding a place of backups: %w", err)
		}
		return audit.Record(ctx, tx, s.o.Now(), who, placeAdded, p.ID)
	})
	if err != nil {
		return Place{}, err
	}
	list, err := s.Places(ctx)
	for _, have := range list {
		if have.Path == path {
			return have, err
		}
	}
	return p, err
}

// cleanPath refuses a folder inside the node's own: who loses that loses both.
func (s *Service) cleanPath(path string) (string, error) {
	path = filepath.Clean(strings.TrimSpace(path))
	if !filepath.IsAbs(path) || len(path) > 1000 {
		return "", ErrPath
	}
	own, err := filepath.Abs(s.dir())
	if err != nil {
		return "", err
	}
	if in, err := filepath.Rel(own, path); err == nil && filepath.IsLocal(in) {
		return "", ErrInside
	}
	return path, nil
}

// EndFolder lets no more backups go into a folder. Those that are there stay. It
// fails with ErrNoPlace.
func (s *Service) EndFolder(ctx context.Context, who actor.Actor, id string) error {
	if err := s.o.Gate.May(ctx, who, "backup.manage"); err != nil {
		return err
	}
	return s.o.DB.Tx(ctx, func(tx *sqlite.Tx) error {
		n, err := endFolder(ctx, tx, id, s.o.Now())
		if err == nil && n == 0 {
			err = ErrNoPlace
		}
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, s.o.Now(), who, placeEnded, id)
	})
}

// SetHour says from which hour of the office's day on a backup is due.
func (s *Service) SetHour(ctx context.Context, who actor.Actor, hour int) error {
	if err := s.o.Gate.May(ctx, who, "backup.manage"); err != nil {
		return err
	}
	if hour < 0 || hour > 23 {
		return ErrHour
	}
	if _, err := s.settings(ctx); err != nil {
		return err
	}
	return s.o.DB.Tx(ctx, func(tx *sqlite.Tx) error {
		if err := updateHour(ctx, tx, hour); err != nil {
			return err
		}
		return audit.Record(ctx, tx, s.o.Now(), who, hourChanged, "backup")
	})
}

// ClaimRemote claims the store on another machine. It fails with ErrNoPlace and
// with what its Claim fails with.
func (s *Service) ClaimRemote(ctx context.Context, who actor.Actor) error {
	if err := s.o.Gate.May(ctx, who, "backup.manage"); err != nil {
		return err
	}
	if s.o.Remote == nil {
		return ErrNoPlace
	}
	have, err := s.settings(ctx)
	if err != nil {
		return err
	}
	if err := s.o.Remote.Claim(ctx, have.ID); err != nil {
		return err
	}
	return s.o.DB.Tx(ctx, func(tx *sqlite.Tx) error {
		return audit.Record(ctx, tx, s.o.Now(), who, placeAdded, S3Place)
	})
}

// Status tells how the backups stand.
func (s *Service) Status(ctx context.Context) (Status, error) {
	at, err := selectVerified(ctx, s.o.DB, "")
	if err != nil {
		return Status{}, fmt.Errorf("reading the last verified backup: %w", err)
	}
	return StatusAt(at, s.o.Now()), nil
}

// Backups returns the newest backups, the newest first.
func (s *Service) Backups(ctx context.Context, limit int) ([]Backup, error) {
	list, err := selectBackups(ctx, s.o.DB, limit)
	if err != nil {
		return nil, fmt.Errorf("listing the backups: %w", err)
	}
	return list, nil
}

// Progress tells how far the backup that runs has come; false when none does.
func (s *Service) Progress() (Progress, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.progress == nil {
		return Progress{}, false
	}
	return *s.progress, true
}

// Due returns the places that want a backup now.
func (s *Service) Due(ctx context.Context) ([]Place, error) {
	have, err := s.settings(ctx)
	if err != nil {
		return nil, err
	}
	all, err := s.Places(ctx)
	if err != nil {
		return nil, err
	}
	var due []Place
	for _, p := range all {
		last, err := selectLast(ctx, s.o.DB, p.ID)
		if err != nil {
			return nil, err
		}
		if isDue(have.Hour, last, s.o.Now()) {
			due = append(due, p)
		}
	}
	return due, nil
}

// RunDue makes the backups that are due. A failure of one place does not keep
// the others from theirs; it is logged and kept, and tried again in an hour. The
// node calls it every few minutes.
func (s *Service) RunDue(ctx context.Context) {
	due, err := s.Due(ctx)
	if err != nil && ctx.Err() == nil {
		s.o.Log.ErrorContext(ctx, "backups could not be looked at", "error", err)
		return
	}
	for _, p := range due {
		b, err := s.Run(ctx, actor.Node(), p.ID)
		switch {
		case errors.Is(err, ErrBusy), ctx.Err() != nil:
			return
		case err != nil:
			s.o.Log.ErrorContext(ctx, "backup failed", "place", p.ID, "sequence", b.Sequence, "code", codeOf(err), "error", err)
		default:
			s.o.Log.InfoContext(ctx, "backup verified", "place", p.ID, "sequence", b.Sequence)
		}
	}
}

// Begin starts a backup and returns at once. It fails with ErrBusy and
// ErrNoPlace; what becomes of the backup is in the list.
func (s *Service) Begin(ctx context.Context, who actor.Actor, place string) error {
	if err := s.o.Gate.May(ctx, who, "backup.manage"); err != nil {
		return err
	}
	if _, err := s.place(ctx, place); err != nil {
		return err
	}
	if !s.running.TryLock() {
		return ErrBusy
	}
	s.tell(Progress{Step: Copying})
	s.works.Go(func() {
		defer s.running.Unlock()
		defer s.quiet()
		if b, err := s.run(s.life, who, place); err != nil {
			s.o.Log.ErrorContext(s.life, "backup failed", "place", place, "sequence", b.Sequence, "code", codeOf(err), "error", err)
		}
	})
	return nil
}

// Run makes a backup at a place and proves that it can be restored. It returns
// what became of it, also when it fails.
func (s *Service) Run(ctx context.Context, who actor.Actor, place string) (Backup, error) {
	if err := s.o.Gate.May(ctx, who, "backup.manage"); err != nil {
		return Backup{}, err
	}
	if !s.running.TryLock() {
		return Backup{}, ErrBusy
	}
	defer s.running.Unlock()
	defer s.quiet()
	return s.run(ctx, who, place)
}

func (s *Service) tell(p Progress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.progress = &p
}

func (s *Service) total(n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.progress = &Progress{Step: Writing, Total: n}
}

func (s *Service) advance(n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.progress != nil {
		s.progress.Done += n
	}
}

func (s *Service) quiet() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.progress = nil
}

// onPath blames the folder that was typed for what is wrong with the place, nil
// for any other failure.
func onPath(err error) error {
	e := errs.As(err)
	if e == nil || !strings.HasPrefix(e.Key(), "backup.place") && !strings.HasPrefix(e.Key(), "backup.path") {
		return nil
	}
	return e.On("path")
}
