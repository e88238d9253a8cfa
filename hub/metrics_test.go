package hub

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	releasev1 "casehub/proto/casehub/release/v1"

	"google.golang.org/grpc/codes"
)

// names are all that a hub may measure. A new one is a decision: whoever reads
// metrics may be anybody, and none may tell of an office or of a client.
var names = map[string][]string{
	"casehub_hub_calls_total":      {"code", "method"},
	"casehub_hub_commit_seconds":   {"le"},
	"casehub_hub_facts_total":      nil,
	"casehub_hub_messages_total":   {"reason", "status"},
	"casehub_hub_offices":          {"state"},
	"casehub_hub_pending_messages": nil,
	"casehub_hub_releases_total":   nil,
}

func TestMetricsAreAClosedList(t *testing.T) {
	m := newMetrics()
	m.Message(releasev1.ReceiptStatus_RECEIPT_STATUS_REFUSED, releasev1.ReasonCode_REASON_CODE_MALFORMED)
	m.Committed(3, 40, 20*time.Millisecond)
	m.Pending(2)
	m.Call("/casehub.hub.v1.Receipts/Since", codes.OK)
	m.Offices(5, 1)
	w := httptest.NewRecorder()
	m.handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	seen := map[string]bool{}
	line := regexp.MustCompile(`^([a-z_]+?)(_bucket|_sum|_count)?(?:\{(.*)\})? [0-9.e+-]+$`)
	for _, text := range strings.Split(strings.TrimSpace(w.Body.String()), "\n") {
		if strings.HasPrefix(text, "#") {
			continue
		}
		f := line.FindStringSubmatch(text)
		if f == nil {
			t.Fatalf("cannot read %q", text)
		}
		allowed, ok := names[f[1]]
		if !ok {
			t.Errorf("%s is not in the list", f[1])
		}
		seen[f[1]] = true
		for _, label := range regexp.MustCompile(`([a-z_]+)="`).FindAllStringSubmatch(f[3], -1) {
			if !slices.Contains(allowed, label[1]) {
				t.Errorf("%s has a label %s, which is not in the list", f[1], label[1])
			}
		}
	}
	if len(seen) != len(names) {
		t.Errorf("%d of %d metrics are shown", len(seen), len(names))
	}
}
