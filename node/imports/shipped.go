package imports

import (
	"embed"
	"io/fs"
	"strings"
)

//go:embed mappings/*.yaml
var shipped embed.FS

// Shipped returns a mapping that comes with the program as a starting point, by
// its name without the version, and whether there is one.
func Shipped(name string) ([]byte, bool) {
	b, err := shipped.ReadFile("mappings/" + name + ".yaml")
	return b, err == nil
}

// ShippedNames lists the names of the mappings that come with the program.
func ShippedNames() []string {
	files, err := fs.ReadDir(shipped, "mappings")
	if err != nil {
		return nil
	}
	var names []string
	for _, f := range files {
		names = append(names, strings.TrimSuffix(f.Name(), ".yaml"))
	}
	return names
}
