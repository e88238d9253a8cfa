package reach

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"casehub/internal/archtest"
	"casehub/internal/proof"
)

// clients are packages by which a program speaks to another machine, and which
// packages of a node may import them. That net and net/http are used for no more
// than answering is held by the tables of internal/archtest, name by name.
var clients = []struct {
	path   string
	in     []string
	reason string
}{
	{"github.com/nats-io/nats.go", []string{"node/egress"}, "the gate sends"},
	{"google.golang.org/grpc", []string{"node/egress", "proto/casehub/hub/v1"}, "the gate asks for receipts and packs, by the agreement's generated code"},
	{"github.com/minio/minio-go/v7", []string{"node/backup/store"}, "encrypted backups"},
	{"crypto/tls", []string{"node/egress", "internal/pki", "internal/web"}, "the gate's connections, and the pages in the office's network"},
	{"net", []string{"node", "internal/pki", "internal/web", "node/people", "node/unseal", "node/egress", "node/backup/store"}, "listening, and taking addresses apart"},
	{"net/rpc", nil, "a second protocol"},
	{"net/smtp", nil, "mail"},
	{"log/syslog", nil, "logs stay"},
	{"os/exec", []string{"cmd/internal/sources"}, "another program could send; casehub-source is handed nothing of the node"},
	{"plugin", nil, "code from elsewhere"},
	{"golang.org/x/net", nil, "another HTTP"}, // but for reads below
	{"golang.org/x/crypto/ssh", nil, "another way in and out"},
}

// reads are packages beneath clients that read what is there already.
var reads = []string{"golang.org/x/net/html"}

// imported is what go list tells of a package.
type imported struct {
	ImportPath string
	Imports    []string
}

// inTheNode returns the packages that the node's program is made of.
func inTheNode(t *testing.T) []imported {
	t.Helper()
	out, _ := run(t, "list", "-deps", "-json=ImportPath,Imports", "./cmd/casehub-node")
	var all []imported
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p imported
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// outsiders returns the imports of clients by packages of ours that may not.
func outsiders(all []imported) (found []string) {
	for _, p := range all {
		dir, mine := strings.CutPrefix(p.ImportPath, archtest.Module+"/")
		if !mine {
			continue
		}
		for _, c := range clients {
			uses := slices.ContainsFunc(p.Imports, func(i string) bool {
				return !slices.Contains(reads, i) && (i == c.path || strings.HasPrefix(i, c.path+"/") && c.path != "net")
			})
			if uses && !slices.Contains(c.in, dir) {
				found = append(found, dir+" imports "+c.path)
			}
		}
	}
	return found
}

// TestProveThePackages: in the graph of imports of the node's program, no package
// outside the doors imports a client of the network, and the tables of the
// architecture hold, which tell listening from sending.
func TestProveThePackages(t *testing.T) {
	all := inTheNode(t)
	own := slices.DeleteFunc(slices.Clone(all), func(p imported) bool { return !strings.HasPrefix(p.ImportPath, archtest.Module+"/") })
	if len(own) < 30 {
		t.Fatalf("only %d packages of ours are in the program", len(own))
	}
	found := outsiders(all)
	for _, c := range clients {
		for _, dir := range c.in {
			if !slices.ContainsFunc(own, func(p imported) bool {
				return p.ImportPath == archtest.Module+"/"+dir && slices.ContainsFunc(p.Imports, func(i string) bool { return i == c.path || strings.HasPrefix(i, c.path+"/") })
			}) {
				t.Errorf("%s may import %s and does not; take it out", dir, c.path)
			}
		}
	}
	tree, err := archtest.Load(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archtest.Check(tree, archtest.Ours()) {
		if (f.Rule == "guards" || f.Rule == "doors") && !strings.HasSuffix(f.Where, "_test.go") {
			found = append(found, f.String())
		}
	}
	for _, f := range found {
		t.Error(f)
	}
	proof.AtMost(t, "reach/packages-outside", float64(len(found)), 0)
}

func TestThePackagesSeeRed(t *testing.T) {
	got := outsiders([]imported{
		{"casehub/node/egress", []string{"github.com/nats-io/nats.go", "github.com/nats-io/nats.go/jetstream"}},
		{"casehub/node/cases", []string{"net/http", "github.com/nats-io/nats.go/jetstream"}},
		{"casehub/internal/text", []string{"os/exec"}},
		{"casehub/node/clients", []string{"net"}},
		{"casehub/adapters/x", []string{"golang.org/x/net/html"}},
		{"casehub/adapters/y", []string{"golang.org/x/net/http2"}},
		{"github.com/elsewhere/x", []string{"net"}},
	})
	want := []string{"node/cases imports github.com/nats-io/nats.go", "internal/text imports os/exec", "node/clients imports net", "adapters/y imports golang.org/x/net"}
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}
