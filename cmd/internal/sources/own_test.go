package sources

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/internal/errs"
	"casehub/node"
	"casehub/node/imports"
)

// guarded makes a folder with a node's data and key, a secret of a source beside them,
// and links.
func guarded(t *testing.T) (dir string, mine Own) {
	t.Helper()
	dir = t.TempDir()
	for _, name := range []string{"data/files", "keys", "scans"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.FromSlash(name)), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"data/node.db", "keys/node.key", "keys/bucket", "kobo.token", "scans/a.pdf"} {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte("Canary"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if runtime.GOOS != "windows" {
		for link, to := range map[string]string{"into": "data/files", "key": "keys/node.key", "outside": "scans"} {
			if err := os.Symlink(filepath.Join(dir, filepath.FromSlash(to)), filepath.Join(dir, link)); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Link(filepath.Join(dir, "keys", "node.key"), filepath.Join(dir, "again")); err != nil {
			t.Fatal(err)
		}
	}
	config := node.Config{Data: filepath.Join(dir, "data"), KeyFile: filepath.Join(dir, "keys", "node.key")}
	config.Backup.S3.CredentialsFile = filepath.Join(dir, "keys", "bucket")
	return dir, config.Own()
}

func TestNoMappingNamesWhatIsTheNodes(t *testing.T) {
	dir, mine := guarded(t)
	settings := func(key, value string) []byte {
		b, err := json.Marshal(map[string]any{"type": "kobo", "nested": []any{map[string]any{key: value}}})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, c := range []struct {
		key, value string
		want       error
	}{
		{"token_file", dir + "/kobo.token", nil},
		{"token_file", dir + "/not there", nil}, // told later, as what is missing
		{"token_file", dir + "/keys/node.key", adapters.ErrOwnFile},
		{"token_file", dir + "/keys/bucket", adapters.ErrOwnFile},
		{"token_file", dir + "/data/node.db", adapters.ErrOwnFile},
		{"token_file", dir + "/data/files/new", adapters.ErrOwnFile},
		{"token_file", dir + "/scans/../keys/./node.key", adapters.ErrOwnFile},
		{"toKen_File", dir + "/keys/node.key", adapters.ErrOwnFile}, // settings are read whatever the case of their keys
		{"files_dir", dir + "/scans", nil},
		{"files_dir", dir + "/data/files", adapters.ErrOwnFile},
		{"files_dir", dir, adapters.ErrOwnFile},
		{"files_dir", "/", adapters.ErrOwnFile},
		{"form", "data/node.db", adapters.ErrOwnFile},
		{"form", "form.xlsx", nil},
		{"file", "register*.csv", nil}, // a pattern inside of what is read
		{"token_env", "CASEHUB_SOURCE_KOBO", nil},
		{"token_env", "CASEHUB_SOURCE_", adapters.ErrSecretName},
		{"token_env", "CASEHUB_KEY", adapters.ErrSecretName},
		{"token_env", "AWS_SECRET_ACCESS_KEY", adapters.ErrSecretName},
		{"env", "HOME", adapters.ErrSecretName},
		{"TOKEN_ENV", "HOME", adapters.ErrSecretName},
		{"token_env", "", nil},
		{"into", "data", nil},
	} {
		err := mine.check(settings(c.key, c.value), place.On(filepath.Join(dir, "export.csv")))
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %s gives %v, want %v", c.key, strings.TrimPrefix(c.value, dir), err, c.want)
		}
		if err == nil {
			continue
		}
		told := fmt.Sprint(err, errs.As(err).Args())
		if strings.Contains(told, "Canary") || strings.Contains(told, dir) || errs.As(err).Args()["setting"] != c.key {
			t.Errorf("%s: %q does not name the setting alone", c.key, told)
		}
	}
	if err := mine.check(settings("files_dir", dir+"/scans"), place.Bytes("dump.sql", nil)); !errors.Is(err, adapters.ErrNotHere) {
		t.Errorf("a folder of this computer beside an uploaded file: %v", err)
	}
}

// Whoever imports through the pages reads no file of this computer and sends none to a
// server of their choice but those that were laid out for it.
func TestFromThePagesAMappingNamesFilesOfOneFolder(t *testing.T) {
	dir, mine := guarded(t)
	folder := filepath.Join(dir, "source-secrets")
	asked := func(key, path string) error {
		m, err := imports.SourceSettings([]byte("mapping: x/1\nsource: {type: kobo, more: {" + key + ": '" + path + "'}}\n"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = mine.FromPages(folder)(t.Context(), m, place.Place{})
		return err
	}
	inFolder := filepath.Join(folder, "kobo")
	if err := asked("token_file", inFolder); !errors.Is(err, adapters.ErrSecretFolder) {
		t.Errorf("without the folder: %v", err)
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" {
		if err := os.Symlink(filepath.Join(dir, "kobo.token"), filepath.Join(folder, "link")); err != nil {
			t.Fatal(err)
		}
		if err := asked("token_file", filepath.Join(folder, "link")); !errors.Is(err, adapters.ErrSecretFolder) {
			t.Errorf("a link that leads out: %v", err)
		}
	}
	for _, path := range []string{filepath.Join(dir, "kobo.token"), folder + "/../kobo.token", dir + "/source-secrets-2/kobo", "/etc/hostname", "kobo.token"} {
		for _, key := range []string{"token_file", "TOKEN_File", "files_dir", "form", "Form"} {
			err := asked(key, path)
			if !errors.Is(err, adapters.ErrSecretFolder) || strings.Contains(fmt.Sprint(err, errs.As(err).Args()), dir) {
				t.Errorf("%s: %v", strings.TrimPrefix(path, dir), err)
			}
		}
	}
	if err := asked("token_file", inFolder); errors.Is(err, adapters.ErrSecretFolder) {
		t.Errorf("a file of the folder: %v", err)
	}
}

func TestLinksLeadNowhereElse(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links take rights there that a test has not")
	}
	dir, mine := guarded(t)
	t.Chdir(dir)
	for path, want := range map[string]error{
		"key": adapters.ErrOwnFile, "again": adapters.ErrOwnFile, "into/secret": adapters.ErrOwnFile, "into/../node.db": adapters.ErrOwnFile,
		"outside/a.pdf": nil, "outside/../keys/node.key": adapters.ErrOwnFile, "outside/../kobo.token": nil, "./kobo.token": nil,
	} {
		if err := mine.apart("token_file", path); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "KEYS")); err == nil { // letters of either case are one here
		if err := mine.apart("token_file", "KEYS/NODE.KEY"); !errors.Is(err, adapters.ErrOwnFile) {
			t.Errorf("in other letters: %v", err)
		}
	}
}
