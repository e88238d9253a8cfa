package settings_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casehub/internal/settings"
)

type sample struct {
	Listen string
	Hub    struct{ Address string }
}

func TestUnknownKeysAreNamed(t *testing.T) {
	var s sample
	err := settings.Parse("listen = \"x\"\n[hub]\nadress = \"y\"\n", &s)
	if err == nil || !strings.Contains(err.Error(), "hub.adress") {
		t.Errorf("error = %v, want one that names hub.adress", err)
	}
}

func TestBrokenFilesNameTheLine(t *testing.T) {
	var s sample
	err := settings.Parse("listen = \"x\"\nlisten = = 3\n", &s)
	if err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("error = %v, want one that names line 2", err)
	}
}

func TestReadFillsWhatIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "casehub.toml")
	if err := os.WriteFile(path, []byte("[hub]\naddress = \"y\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := sample{Listen: "default"}
	if err := settings.Read(path, &s); err != nil || s.Listen != "default" || s.Hub.Address != "y" {
		t.Errorf("settings = %+v, %v", s, err)
	}
	if err := settings.Read(path+"x", &s); err == nil {
		t.Error("a missing file was read")
	}
	if err := settings.Read("", &s); err != nil {
		t.Errorf("no file: %v", err)
	}
}
