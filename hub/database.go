package hub

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"casehub/hub/migrations"
	"casehub/internal/pki"
	"casehub/internal/postgres"

	"github.com/jackc/pgx/v5/pgxpool"
)

// database is the hub's Postgres, with its private cluster if it has one.
type database struct {
	cluster *postgres.Cluster // nil with a DSN
	dsn     string
	pool    *pgxpool.Pool
}

// makeFolder makes the data folder. Root lets others pass through it, because
// the private cluster runs as another user; what must be kept from them is in
// folders of their own inside.
func makeFolder(dir string) error {
	mode := fs.FileMode(0o700)
	if os.Geteuid() == 0 {
		mode = 0o711
	}
	return os.MkdirAll(dir, mode)
}

// openDatabase connects to the database of the settings, or starts the private
// cluster, and brings the schema up to date.
func openDatabase(ctx context.Context, f filled, log *slog.Logger) (*database, error) {
	d := &database{dsn: f.Database.DSN}
	if d.dsn == "" {
		var err error
		if d.cluster, err = startCluster(ctx, f, log); err != nil {
			return nil, fmt.Errorf("starting the private database: %w", err)
		}
		d.dsn = d.cluster.DSN()
	}
	err := postgres.Migrate(ctx, d.dsn, migrations.FS)
	if err == nil {
		d.pool, err = postgres.Open(ctx, d.dsn)
	}
	if err != nil {
		return nil, errors.Join(f.blame(err), d.close())
	}
	return d, nil
}

// blame names the setting of a given database that could not be used.
func (f filled) blame(err error) error {
	switch {
	case f.Database.DSN == "":
		return err
	case errors.Is(err, postgres.ErrDSN):
		return errDSN
	case postgres.OutOfReach(err):
		return fmt.Errorf("%w: %w", errNoDatabase, err)
	}
	return err
}

func startCluster(ctx context.Context, f filled, log *slog.Logger) (*postgres.Cluster, error) {
	folder, err := clusterFolder(f)
	if err != nil {
		return nil, err
	}
	c, err := postgres.Start(ctx, folder, nil)
	if !errors.Is(err, postgres.ErrNotReachable) || f.Database.Folder != "" {
		return c, err
	}
	folder, err = aside(f)
	if err != nil {
		return nil, err
	}
	log.Warn("the data folder is closed to the user that the private database runs as, so the database is elsewhere", "folder", folder)
	return postgres.Start(ctx, folder, nil)
}

// placeFile is in the data folder and holds the place of a cluster that is not
// inside of it.
const placeFile = "postgres-is-in"

// clusterFolder returns where the private cluster is or shall be.
func clusterFolder(f filled) (string, error) {
	if f.Database.Folder != "" {
		return filepath.Abs(f.Database.Folder)
	}
	b, err := os.ReadFile(filepath.Join(f.Data, placeFile))
	if errors.Is(err, fs.ErrNotExist) {
		return filepath.Join(f.Data, "postgres"), nil
	}
	return strings.TrimSpace(string(b)), err
}

// aside picks a folder for a hub that root runs below a closed folder such as
// its home, and notes it in the data folder.
func aside(f filled) (string, error) {
	sum := sha256.Sum256([]byte(f.Data))
	folder := filepath.Join("/var/lib/casehub", fmt.Sprintf("hub-%x", sum[:6]), "postgres")
	return folder, pki.WriteNew(filepath.Join(f.Data, placeFile), []byte(folder+"\n"), 0o600)
}

// watch returns an error when the private cluster ends by itself.
func (d *database) watch(ctx context.Context) error {
	if d.cluster == nil {
		<-ctx.Done()
		return ctx.Err()
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-d.cluster.Done():
		return errors.New("the private database ended by itself")
	}
}

func (d *database) close() error {
	if d.pool != nil {
		d.pool.Close()
	}
	if d.cluster != nil {
		return d.cluster.Stop()
	}
	return nil
}
