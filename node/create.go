package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/node/people"
	"casehub/node/setup"
	"casehub/node/vault"
)

// stagingPattern names the folder in which a node is made before it stands. What
// a first run that was broken off left in one counts for nothing.
const stagingPattern = ".setup-*"

// Create sets up the node that a plan describes in the folder of the settings,
// and returns its recovery words. Where the settings name a key file, the node
// opens by it too. It fails with ErrSetUp, and with errors of kind errs.Invalid
// that name the field of the plan.
func Create(ctx context.Context, c Config, p setup.Plan, now func() time.Time) (vault.Words, error) {
	f, err := c.fill()
	if err != nil {
		return vault.Words{}, err
	}
	b := &builder{f: f, now: func() time.Time { return now().In(f.zone) }}
	words, err := b.begin(ctx, p)
	if err == nil {
		err = b.finish(ctx)
	}
	if err != nil {
		return vault.Words{}, errors.Join(err, b.drop())
	}
	b.vault.Seal()
	return words, nil
}

// builder makes a node apart from where it will stand.
type builder struct {
	f       filled
	now     func() time.Time
	staging string // "" while nothing was begun
	vault   *vault.Vault
}

func (b *builder) begin(ctx context.Context, p setup.Plan) (vault.Words, error) {
	if b.f.isSetUp() {
		return vault.Words{}, ErrSetUp
	}
	if b.f.isBereft() {
		return vault.Words{}, ErrNoKeyFile
	}
	if _, err := os.Stat(filepath.Join(b.f.Data, restoreName)); err == nil {
		return vault.Words{}, ErrRestoring
	}
	if err := b.drop(); err != nil {
		return vault.Words{}, err
	}
	if err := os.MkdirAll(b.f.Data, 0o700); err != nil {
		return vault.Words{}, fmt.Errorf("setting data: %w", err)
	}
	var err error
	if b.staging, err = os.MkdirTemp(b.f.Data, stagingPattern); err != nil {
		return vault.Words{}, fmt.Errorf("setting data: %w", err)
	}
	var words vault.Words
	b.vault, words, err = vault.Create(ctx, filepath.Join(b.staging, vaultName), b.f.vaultCost, b.f.vaultOptions...)
	if err != nil {
		return vault.Words{}, err
	}
	return words, b.fill(ctx, p)
}

// fill makes the database with the organisation and the first director.
func (b *builder) fill(ctx context.Context, p setup.Plan) error {
	db, err := openDatabase(ctx, b.vault, filepath.Join(b.staging, databaseName))
	if err != nil {
		return err
	}
	svc := people.NewService(db, b.vault, nobodyYet{}, people.Vocabulary{}, b.now)
	_, err = svc.CreateFirst(ctx, beginning(p))
	if err == nil && b.f.KeyFile != "" {
		err = b.vault.AddKeyFile(ctx, b.f.KeyFile)
	}
	return errors.Join(planField(err), db.Close())
}

// finish puts what was made in its place, the key file of the vault last: a node
// without it was never set up.
func (b *builder) finish(context.Context) error {
	if b.staging == "" {
		return ErrNotSetUp
	}
	if b.f.isSetUp() {
		return ErrSetUp
	}
	for _, name := range []string{databaseName, vaultName} {
		if err := os.Rename(filepath.Join(b.staging, name), filepath.Join(b.f.Data, name)); err != nil {
			return fmt.Errorf("setting data: %w", err)
		}
	}
	return b.drop()
}

// drop throws away what first runs left that did not end.
func (b *builder) drop() error {
	left, err := filepath.Glob(filepath.Join(b.f.Data, stagingPattern))
	if err != nil {
		return fmt.Errorf("setting data: %w", err)
	}
	for _, dir := range left {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	b.staging = ""
	return err
}

// beginning is a plan in the words of the area.
func beginning(p setup.Plan) people.Beginning {
	b := people.Beginning{
		Organisation: p.Organisation, Language: p.Language,
		Director: people.FirstDirector{Login: p.Director.Login, Name: p.Director.Name, Password: p.Director.Password},
	}
	for _, o := range p.Offices {
		b.Offices = append(b.Offices, people.FirstOffice(o))
	}
	return b
}

// planField blames the field of the plan where the area blames one of its own.
func planField(err error) error {
	if e := errs.As(err); e != nil && e.Field() == "name" {
		return e.On("director")
	}
	return err
}

// nobodyYet is the gate of a node without people: whatever asks it is refused.
type nobodyYet struct{}

func (nobodyYet) May(context.Context, actor.Actor, string) error { return ErrNotSetUp }
