// Command casehub-source reads one foreign system over the network, or through other
// programs on this computer, and hands its
// records to the program that started it, over its input and output. casehub-node
// starts it and links none of what is in it; it knows nothing of a node and gets
// nothing of one but the settings of a mapping and the secrets that they name.
//
// It takes no arguments and ends when its input does.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"slices"
	"time"

	"casehub/adapters"
	"casehub/adapters/access"
	"casehub/adapters/civicrm/civiapi"
	"casehub/adapters/commcare/commcareapi"
	"casehub/adapters/kobo/koboapi"
	"casehub/adapters/odk/odkapi"
	"casehub/adapters/pipe"
	"casehub/adapters/primero/primeroapi"
)

// sources are the systems that can be read, by the type that a mapping names.
var sources = map[string]pipe.Opener{
	"access":      access.Open,
	"casebox":     openCasebox,
	"civicrm":     openCivi,
	"civicrm-api": civiapi.Open,
	"commcare":    commcareapi.Open,
	"kobo":        koboapi.Open,
	"odk":         odkapi.Open,
	"primero":     primeroapi.Open,
	"sqldb":       openDatabase,
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if len(os.Args) > 1 {
		fmt.Fprintf(os.Stderr, "casehub-source is started by casehub-node and takes no arguments; it reads %v\n", slices.Sorted(maps.Keys(sources)))
		os.Exit(2)
	}
	if err := pipe.Serve(ctx, watched{os.Stdin}, os.Stdout, open); err != nil {
		os.Exit(1)
	}
}

// open opens the source that settings are for.
func open(settings []byte) (adapters.Source, error) {
	var s struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(settings, &s); err != nil {
		return nil, adapters.ErrSettings.With("setting", "type")
	}
	open, ok := sources[s.Type]
	if !ok {
		return nil, adapters.ErrSettings.With("setting", "type")
	}
	return open(settings)
}

// watched ends the program soon after its input, whatever it is doing.
type watched struct{ io.Reader }

const grace = 3 * time.Second

func (w watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if err != nil {
		time.AfterFunc(grace, func() { os.Exit(1) })
	}
	return n, err
}
