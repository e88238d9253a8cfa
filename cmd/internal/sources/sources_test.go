package sources

import (
	"testing"

	"casehub/adapters/place"
	"casehub/internal/codelist"
	"casehub/node/imports"
)

// Every mapping that is shipped is for a source that this program opens.
func TestTheShippedMappingsHaveASource(t *testing.T) {
	for _, name := range imports.ShippedNames() {
		b, _ := imports.Shipped(name)
		m, err := imports.ParseMapping(b, codelist.National())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		open := fileSources[m.SourceType]
		if open == nil {
			t.Errorf("%s: nothing reads %q", name, m.SourceType)
			continue
		}
		if _, err := open(m, place.On("nothing")); err != nil {
			t.Errorf("%s: its source refuses the settings: %v", name, err)
		}
	}
}
