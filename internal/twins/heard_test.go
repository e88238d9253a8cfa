package twins

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// heard is everything that came out of a node, by the way on which it came, in the
// order in which it came.
type heard struct {
	leak  leak
	mu    sync.Mutex
	lines map[string][]string
	turn  int
}

func newHeard(l leak) *heard { return &heard{leak: l, lines: map[string][]string{}} }

// all are several that hear the same node, each with another leak.
type all []*heard

func (hs all) next(turn int) {
	for _, h := range hs {
		h.next(turn)
	}
}

func (hs all) say(way, format string, args ...any) {
	for _, h := range hs {
		h.say(way, format, args...)
	}
}

// next begins another turn: what comes later than in the other world is something
// else.
func (h *heard) next(turn int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.turn = turn
}

func (h *heard) say(way, format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lines[way] = append(h.lines[way], fmt.Sprintf("turn %d: ", h.turn)+fmt.Sprintf(format, args...))
}

// The ways out.
const (
	byNATS    = "nats"    // every operation of a client of the broker, and its bytes
	byGRPC    = "grpc"    // every call: its method and its headers but grpc-timeout, which is a constant less what has gone by
	byFrames  = "frames"  // every frame of HTTP/2 and its bytes
	byConns   = "conns"   // every connection, and what was said before it was encrypted
	byLog     = "log"     // every line of the log from info on
	byMetrics = "metrics" // the page of the metrics at the end of every month
	byFiles   = "files"   // the names of files in and beside the node's folder at the end
)

// The closed list of what is another at every run of one and the same world: it is
// drawn by libraries, or follows from the real clock. Each is taken out in its
// place and in its form alone.
var passing = []struct {
	way   string
	where *regexp.Regexp
	to    string
	why   string
}{
	{byNATS, regexp.MustCompile(`^(turn \d+: (?:SUB|HPUB \S+) _INBOX_\d+)\.[0-9A-Za-z]{22}(\.\*|\.[0-9A-Za-z]{1,22})? `), "$1.INBOX ", "nats.go names the inbox of a connection, and each answer in it, by chance"},
	{byLog, regexp.MustCompile(`"time":"[^"]*",`), "", "the logger's own clock"},
	{byLog, regexp.MustCompile(`"place":"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"`), `"place":"ID"`, "a folder of backups is named by the clock and by chance"},
	{byFiles, regexp.MustCompile(`^(turn \d+: node/files/)[0-9a-f/]{32,40}$`), "$1ID", "an encrypted document is named by chance"},
}

// plain returns what was heard on a way without what is another at every run.
func (h *heard) plain(way string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]string, len(h.lines[way]))
	for i, line := range h.lines[way] {
		for _, p := range passing {
			if p.way == way {
				line = p.where.ReplaceAllString(line, p.to)
			}
		}
		all[i] = line
	}
	return all
}

// ways are all ways out.
func ways() []string { return []string{byNATS, byGRPC, byFrames, byConns, byLog, byMetrics, byFiles} }

// difference says where two worlds differ first, on each way on which they do; "" when
// every byte is the same.
func difference(a, b *heard) string {
	var said []string
	for _, way := range ways() {
		if d := firstDifference(a.plain(way), b.plain(way)); d != "" {
			said = append(said, way+": "+d)
		}
	}
	return strings.Join(said, "\n")
}

func firstDifference(a, b []string) string {
	for i := range max(len(a), len(b)) {
		switch {
		case i >= len(a):
			return fmt.Sprintf("the other world also says %.300q", b[i])
		case i >= len(b):
			return fmt.Sprintf("the other world does not say %.300q", a[i])
		case a[i] != b[i]:
			return fmt.Sprintf("%.300q\nand in the other world\n%.300q", a[i], b[i])
		}
	}
	return ""
}
