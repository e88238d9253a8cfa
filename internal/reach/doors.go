package reach

import "strings"

// Door is a place through which the network may be reached, and why that is no way
// for data out of a node.
type Door struct {
	// Symbol is a function, a package with "." behind it, or a module with "/".
	Symbol string
	Reason string
}

// Doors are all of a node's.
var Doors = []Door{
	{"casehub/node/egress.", "the gate: nothing passes that it did not let out"},
	{"casehub/node/backup/store.", "the second way out: takes what the age writer made, to the one place that the office named"},
	{"casehub/node.(*Host).Serve", "waits for browsers on an address of this machine; the settings allow no name but localhost"},
	{"casehub/node.(*Node).Serve", "the same, for programs that hold several nodes"},
	{"casehub/internal/web.machine", "asks the kernel, by a socket of its own, which addresses this machine has"},
	{"casehub/internal/web.(*Listener).Serve", "answers whoever comes to a listener that is open; the server that does it could also open one by a name"},
	{"casehub/internal/web.(*conn).refuse", "shuts its half of a connection that a browser began"},
	{"casehub/cmd/internal/sources.startChild", "starts casehub-source, which reads another system: it is handed the settings of a mapping and, again, the places in that system that it named itself (adapters/pipe), and nothing that a node keeps"},
	{"casehub/cmd/internal/sources.(*child).Close", "ends that program"},
	{"github.com/open-policy-agent/opa/", "every function of its language that asks another machine is missing from the sandbox: a policy that names one is not compiled (policy/sandbox_test.go)"},
}

// Passes reports whether a symbol is in one of the doors.
func Passes(doors []Door) func(symbol string) bool {
	return func(symbol string) bool {
		for _, d := range doors {
			if strings.HasPrefix(symbol, d.Symbol) && strings.ContainsAny(d.Symbol[len(d.Symbol)-1:], "./") || symbol == d.Symbol {
				return true
			}
		}
		return false
	}
}

// Module is an outside module in a node's program that could send.
type Module struct{ Path, Reason string }

// Modules are all of them. A new one, or one that begins to send, has to come here
// with what stops it.
var Modules = []Module{
	{"github.com/minio/minio-go/v7", "only node/backup/store may import it"},
	{"github.com/nats-io/nats.go", "only node/egress may import it, in a node"},
	{"google.golang.org/grpc", "only node/egress may call it, in a node"},
	{"golang.org/x/net", "HTTP/2 below the gRPC of node/egress"},
	{"golang.org/x/sys", "the calls of the system by their names; no function of ours reaches the one that connects"},
	{"github.com/open-policy-agent/opa", "every function of its language that asks another machine is missing from the sandbox; that fails when a policy is compiled"},
	{"github.com/lestrrat-go/httprc/v3", "fetches keys for the evaluator's io.jwt functions, which the sandbox has not"},
	{"github.com/lestrrat-go/jwx/v3", "the same"},
	{"github.com/go-webauthn/webauthn", "could ask the makers of passkeys about them; nothing of ours reaches its metadata, and nobody's maker is asked for"},
	{"github.com/go-webauthn/x", "asks for lists of revoked certificates, for that metadata alone"},
	{"github.com/google/go-tpm", "its emulator is a connection; nothing of ours reaches it"},
	{"github.com/google/uuid", "asks the kernel for the machine's interfaces in versions of identifiers that are not used"},
	{"github.com/schollz/progressbar/v3", "has a page of its progress; no command serves it"},
}
