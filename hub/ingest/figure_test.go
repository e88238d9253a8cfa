//go:build linux

package ingest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"casehub/internal/codelist"
	"casehub/internal/release"
	releasev1 "casehub/proto/casehub/release/v1"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	figureOffices = 50
	figureMonths  = 20 // of each office in one round: 1,000 releases
	figureGroups  = 100
	figurePairs   = 7
)

// TestFigureIngest measures releases from the stream to committed and receipted
// beside a bare binary COPY of the same facts into the same table, in
// transactions of as many rows. Both alternate; each figure is the median of
// the ratios of the pairs.
func TestFigureIngest(t *testing.T) {
	if os.Getenv("CASEHUB_BENCH") == "" {
		t.Skip("measured by make bench")
	}
	b := newBenchWith(t, manyCodes(t))
	for n := range uint32(figureOffices) {
		b.enrol(t, n+1)
	}
	c := carry(t, b)
	pg := postmaster(t, b)
	var wall, cpu []float64
	for round := range figurePairs + 1 {
		facts := b.fill(t, c)
		b.checkpoint(t)
		copyWall, copyCPU := measure(t, pg, func() { b.bareCopy(t, facts) })
		b.checkpoint(t)
		ownWall, ownCPU := measure(t, pg, func() {
			stop := b.run(t, c)
			b.meter.wait(t, wordOf("ACCEPTED", "UNSPECIFIED"), (round+1)*figureOffices*figureMonths)
			stop()
		})
		if round > 0 { // the first one warms up
			wall, cpu = append(wall, copyWall/ownWall), append(cpu, copyCPU/ownCPU)
		}
		t.Logf("round %d: COPY %.0f ms wall %.0f ms CPU, intake %.0f ms wall %.0f ms CPU", round, copyWall*1e3, copyCPU*1e3, ownWall*1e3, ownCPU*1e3)
	}
	want := (figurePairs + 1) * figureOffices * figureMonths * figureGroups
	if n := b.number(t, `SELECT count(*) FROM facts WHERE org_unit < 500000`); n != want {
		t.Fatalf("%d facts, want %d", n, want)
	}
	const goal = 0.5
	value, verdict := median(wall), "ok"
	if value < goal {
		verdict = "short"
	}
	t.Logf("by CPU the ratio is %.2f", median(cpu))
	fmt.Printf("figure hub_ingest_vs_copy %.2f ratio goal %.2f %s\n", value, goal, verdict)
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// fill puts a round of releases into the stream and returns their facts as the
// bare COPY writes them: under other office numbers, in as many transactions.
func (b *bench) fill(t *testing.T, c *carrier) []*copyBuffer {
	t.Helper()
	var all []*copyBuffer
	senders := map[uint32]jetstream.JetStream{}
	for n, a := range b.offices {
		senders[n] = c.connect(t, a)
	}
	rows := 0
	for range figureMonths {
		for n := range uint32(figureOffices) {
			a := b.offices[n+1]
			r := a.draft(0)
			r.Tables = []*releasev1.Table{{DataSet: 1, Groups: hundred(r.Period)}}
			if _, err := senders[n+1].Publish(t.Context(), release.Subject(n+1), a.publish(t, r)); err != nil {
				t.Fatal(err)
			}
			if rows%(batchSize*figureGroups) == 0 {
				all = append(all, &copyBuffer{})
			}
			r.OrgUnit += 500000
			all[len(all)-1].add(r)
			rows += figureGroups
		}
	}
	return all
}

func hundred(period uint32) []*releasev1.Group {
	var groups []*releasev1.Group
	for i := range uint32(figureGroups) {
		groups = append(groups, &releasev1.Group{
			CategoryOption: 1001 + i, Level: releasev1.GroupLevel_GROUP_LEVEL_LEAF, FromPeriod: period,
			Value: 5 + i, ObsStatus: releasev1.ObsStatus_OBS_STATUS_NORMAL,
		})
	}
	return groups
}

// manyCodes returns a registry with a list of 100 leaves, more than the national
// one has in any list.
func manyCodes(t *testing.T) *codelist.Registry {
	t.Helper()
	type object = map[string]any
	var leaves []object
	for i := range figureGroups {
		leaves = append(leaves, object{"code": 1001 + i, "en": "leaf", "es": "hoja"})
	}
	national := codelist.National() // whose versions drafts name
	text, err := json.Marshal(object{
		"version": national.Version,
		"lists": []object{{"name": "types", "code": 1, "en": "type", "es": "tipo", "categories": []object{
			{"code": 2, "en": "all", "es": "todo", "leaves": leaves},
		}}},
		"plan": object{"version": national.Plan.Version, "data_sets": []object{{"data_set": 1, "name": "opened", "list": "types", "en": "opened", "es": "abiertos"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	codes, err := codelist.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return codes
}

func (b *bench) bareCopy(t *testing.T, facts []*copyBuffer) {
	t.Helper()
	conn, err := b.db.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	for _, f := range facts {
		err := pgx.BeginFunc(t.Context(), conn, func(tx pgx.Tx) error { return copyFacts(t.Context(), tx, f) })
		if err != nil {
			t.Fatal(err)
		}
	}
}

// checkpoint lets no side pay for what the other has written.
func (b *bench) checkpoint(t *testing.T) {
	t.Helper()
	if _, err := b.db.Exec(t.Context(), `CHECKPOINT`); err != nil {
		t.Fatal(err)
	}
}

// measure returns the seconds that f took, by the wall and by the CPU of this
// process and of the database.
func measure(t *testing.T, postmaster int, f func()) (wall, cpu float64) {
	t.Helper()
	began, before := time.Now(), cpuSeconds(t, postmaster)
	f()
	return time.Since(began).Seconds(), cpuSeconds(t, postmaster) - before
}

func cpuSeconds(t *testing.T, postmaster int) float64 {
	t.Helper()
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		t.Fatal(err)
	}
	seconds := float64(own.Utime.Nano()+own.Stime.Nano()) / 1e9
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range stats {
		f := processStat(path)
		switch {
		case len(f) < 15:
		case path == fmt.Sprintf("/proc/%d/stat", postmaster): // with its children that have ended
			seconds += ticks(f[11:15])
		case f[1] == strconv.Itoa(postmaster):
			seconds += ticks(f[11:13])
		}
	}
	return seconds
}

// processStat returns the fields of a process from its state on.
func processStat(path string) []string {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	_, after, _ := strings.Cut(string(b), ") ")
	return strings.Fields(after)
}

func ticks(fields []string) (seconds float64) {
	for _, f := range fields {
		n, err := strconv.ParseFloat(f, 64)
		if err == nil {
			seconds += n / 100
		}
	}
	return seconds
}

// postmaster returns the process that all of the database's processes come from.
func postmaster(t *testing.T, b *bench) int {
	t.Helper()
	f := processStat(fmt.Sprintf("/proc/%d/stat", b.number(t, `SELECT pg_backend_pid()`)))
	if len(f) < 2 {
		t.Fatal("the database's process is not to be seen")
	}
	n, err := strconv.Atoi(f[1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}
