package adapters

import (
	"errors"
	"slices"
	"testing"
)

func TestEachSettingIsMetUnderItsKey(t *testing.T) {
	var met []string
	note := func(key, value string) error { met = append(met, key+"="+value); return nil }
	err := EachSetting([]byte(`{"type":"kobo","b":{"TOKEN_ENV":"X","n":1},"a":[{"key_file":"f"},["s"],null]}`), note)
	if want := []string{"key_file=f", "a=s", "TOKEN_ENV=X", "type=kobo"}; err != nil || !slices.Equal(met, want) {
		t.Errorf("%q, %v, want %q", met, err, want)
	}
	if err := EachSetting([]byte(`{`), note); !errors.Is(err, ErrSettings) {
		t.Errorf("no JSON: %v", err)
	}
	stop := errors.New("stop")
	if err := EachSetting([]byte(`{"a":["x"],"b":"y"}`), func(string, string) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
}

func TestKeysOfSettingsAreReadInAnyCase(t *testing.T) {
	for key, want := range map[string][3]bool{
		"env": {true}, "ENV": {true}, "token_env": {true}, "toKen_Env": {true}, "environment": {}, "tokenenv": {},
		"token_file": {false, true}, "TOKEN_FILE": {false, true}, "to\u212Aen_file": {false, true}, "file": {},
		"files_dir": {false, false, true}, "Files_Dir": {false, false, true}, "dir": {},
	} {
		if got := [3]bool{IsVariable(key), IsFile(key), IsFolder(key)}; got != want {
			t.Errorf("%s: %v, want %v", key, got, want)
		}
	}
}
