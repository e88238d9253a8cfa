// Package reach shows what of a program can reach the network. It serves tests
// alone.
//
// Its graph (graph.go) is of who names whom: by a call, by taking a function as a
// value, by reading a variable that holds one, or by putting a type into an
// interface, which hands on all its methods. Who wants to send something has to name
// what sends, or to be handed it by somebody who did; so where no function names it,
// nobody has it. A call through an interface is no edge: the graph finds the one who
// filled the interface. What a package puts into a map or a slice as the program
// begins is found at that package's own beginning, so that an outside module that
// could send is in a list of its own (doors.go), each with what stops it.
//
// The tests ask this of casehub-node, ask the same of a program that sends behind
// everybody's back, and let a real node live in a network where every packet is
// seen (namespace_linux_test.go).
package reach

import (
	"slices"
	"strings"
)

// Sends reports whether a symbol is something that reaches beyond the program by
// itself: it opens a connection, asks a name server, sends a datagram, or starts
// another program.
func Sends(symbol string) bool {
	return slices.ContainsFunc(senders, func(s string) bool {
		if all, any := strings.CutSuffix(s, "*"); any {
			return strings.HasPrefix(symbol, all)
		}
		return symbol == s
	})
}

// senders are the symbols of Sends; "*" is anything.
var senders = []string{
	"net.Dial*", "net.(*Dialer).*", "net.(*sysDialer).*", "net.Lookup*", "net.(*Resolver).*", "net.ListenPacket", "net.ListenUDP",
	"net.ListenIP", "net.ListenUnixgram", "net.ListenMulticastUDP", "net.(*ListenConfig).ListenPacket", "net.FileConn", "net.FilePacketConn",
	"net/http.(*Client).*", "net/http.(*Transport).*", "net/http.Get", "net/http.Head", "net/http.Post", "net/http.PostForm",
	"crypto/tls.Dial*", "crypto/tls.(*Dialer).*", "net/rpc.Dial*", "net/smtp.*", "log/syslog.*",
	"os.StartProcess", "os/exec.(*Cmd).*", "os/exec.Command*", "plugin.Open",
	"syscall.Connect", "syscall.connect", "syscall.Sendto*", "syscall.sendto*", "syscall.Exec", "syscall.ForkExec", "syscall.StartProcess",
	"golang.org/x/sys/unix.Connect", "golang.org/x/sys/unix.connect", "golang.org/x/sys/unix.Sendto", "golang.org/x/sys/unix.sendto", "golang.org/x/sys/unix.Exec",
}

// Found is what reaches a sender.
type Found struct {
	Symbol string
	Path   []string // from the symbol to what sends
}

// String tells the path.
func (f Found) String() string { return strings.Join(f.Path, " -> ") }

// Reaching returns every symbol that reaches a sender by a path that no door is on,
// each with a shortest path, sorted. A door itself is not returned.
func (g Graph) Reaching(door func(symbol string) bool) []Found {
	next := map[string]string{}
	var todo []string
	for s := range g {
		if Sends(s) {
			todo = append(todo, s)
		}
	}
	slices.Sort(todo)
	for _, s := range todo {
		next[s] = ""
	}
	for len(todo) > 0 {
		s := todo[0]
		todo = todo[1:]
		for _, from := range g[s] {
			if _, seen := next[from]; !seen && !door(from) {
				next[from] = s
				todo = append(todo, from)
			}
		}
	}
	var all []Found
	for s := range next {
		f := Found{Symbol: s}
		for at := s; at != ""; at = next[at] {
			f.Path = append(f.Path, at)
		}
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b Found) int { return strings.Compare(a.Symbol, b.Symbol) })
	return all
}
