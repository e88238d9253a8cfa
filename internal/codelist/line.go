package codelist

import (
	"bytes"
	"encoding/json"
)

// lineOf returns the line, from 1, on which the n-th measure of the plan has a key in a
// registry that was read; where it has none, the line on which it ends.
func lineOf(registry []byte, n int, key string) int {
	d := json.NewDecoder(bytes.NewReader(registry))
	at := func() int { return 1 + bytes.Count(registry[:d.InputOffset()], []byte("\n")) }
	if !enter(d, "plan") || !enter(d, "data_sets") || !opens(d, '[') {
		return at()
	}
	var skipped json.RawMessage
	for range n {
		if d.Decode(&skipped) != nil {
			return at()
		}
	}
	enter(d, key)
	return at()
}

// enter reads the object that comes next up to the value of a key.
func enter(d *json.Decoder, key string) bool {
	if !opens(d, '{') {
		return false
	}
	for d.More() {
		name, err := d.Token()
		if err != nil || name == key {
			return err == nil
		}
		var skipped json.RawMessage
		if d.Decode(&skipped) != nil {
			return false
		}
	}
	return false
}

func opens(d *json.Decoder, with json.Delim) bool {
	t, err := d.Token()
	return err == nil && t == with
}
