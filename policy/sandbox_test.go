package policy

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"casehub/internal/codelist"

	"github.com/open-policy-agent/opa/v1/ast"
)

// pleasant is a verdict that accepts nothing and holds everywhere.
const pleasant = `verdict := {"version": 9, "header_ok": true, "accepted": {}}`

// rules puts a body into a module of the agreed package.
func rules(body string) string { return "package casehub.egress\n\n" + body + "\n" }

// calling is a module whose verdict needs a call.
func calling(call string) string {
	return rules(`verdict := {"version": 9, "header_ok": true, "accepted": {}} if count([` + call + `]) == 1`)
}

// refusedCalls are calls that no rule may make, by their family.
var refusedCalls = map[string]string{
	"http.send":            `http.send({"method": "get", "url": "http://127.0.0.1/"})`,
	"net.lookup_ip_addr":   `net.lookup_ip_addr("localhost")`,
	"opa.runtime":          `opa.runtime()`,
	"time.now_ns":          `time.now_ns()`,
	"time.parse_ns":        `time.parse_ns("2006", "2026")`,
	"rand.intn":            `rand.intn("x", 2)`,
	"uuid.rfc4122":         `uuid.rfc4122("x")`,
	"io.jwt.decode":        `io.jwt.decode("x")`,
	"io.jwt.encode_sign":   `io.jwt.encode_sign({}, {}, {})`,
	"crypto.sha256":        `crypto.sha256("x")`,
	"crypto.hmac":          `crypto.hmac.sha256("x", "y")`,
	"crypto.x509":          `crypto.x509.parse_certificates("x")`,
	"trace":                `trace("x")`,
	"json.match_schema":    `json.match_schema({}, {"$ref": "http://127.0.0.1/"})`,
	"json.verify_schema":   `json.verify_schema({"$ref": "http://127.0.0.1/"})`,
	"rego.parse_module":    `rego.parse_module("x", "package x")`,
	"rego.metadata.rule":   `rego.metadata.rule()`,
	"providers.aws":        `providers.aws.sign_req({}, {}, 1)`,
	"graphql":              `graphql.parse_query("{a}")`,
	"regex":                `regex.match("a", "b")`,
	"walk":                 `walk({})`,
	"numbers.range":        `numbers.range(1, 10)`,
	"bits.lsh":             `bits.lsh(1, 2)`,
	"sprintf":              `sprintf("%1000d", [1])`,
	"strings.replace_n":    `strings.replace_n({"a": "b"}, "a")`,
	"strings.template":     `strings.render_template("{{.a}}", {"a": 1})`,
	"json.unmarshal":       `json.unmarshal("{}")`,
	"yaml.unmarshal":       `yaml.unmarshal("a: 1")`,
	"base64.encode":        `base64.encode("x")`,
	"urlquery.encode":      `urlquery.encode("x")`,
	"units.parse":          `units.parse("1K")`,
	"semver.compare":       `semver.compare("1.0.0", "1.0.1")`,
	"glob.match":           `glob.match("*", [], "x")`,
	"graph.reachable":      `graph.reachable({}, set())`,
	"net.cidr_expand":      `net.cidr_expand("10.0.0.0/8")`,
	"object.union_n":       `object.union_n([{}])`,
	"product":              `product([1])`,
	"template of a string": `$"{1}"`,
}

// missing is what the compiler says of what the sandbox took away.
var missing = regexp.MustCompile("undefined function|not supported")

// TestSandboxRefusesWhatReachesOut compiles each call in the sandbox, where it
// must not compile, and with the evaluator's own functions, where it does: so it is
// the sandbox that keeps it out.
func TestSandboxRefusesWhatReachesOut(t *testing.T) {
	for name, call := range refusedCalls {
		m := module{"x.rego", calling(call)}
		if _, err := prepare(t.Context(), verdictQuery, map[string]any{}, m); !errors.Is(err, ErrRules) || !missing.MatchString(err.Error()) {
			t.Errorf("%s: %v, want ErrRules for what is not there", name, err)
		}
		if _, err := prepareWith(t.Context(), ast.CapabilitiesForThisVersion(), verdictQuery, map[string]any{}, m); err != nil {
			t.Errorf("%s: without the sandbox: %v, so the sandbox was not needed", name, err)
		}
	}
	if _, err := prepare(t.Context(), verdictQuery, map[string]any{}, module{"x.rego", calling(`count("x")`)}); err != nil {
		t.Errorf("the same rule with a harmless call: %v", err)
	}
}

// TestSandboxRefusesToPrint is apart: without the sandbox the evaluator takes
// prints out of the rules by itself.
func TestSandboxRefusesToPrint(t *testing.T) {
	if _, err := prepare(t.Context(), verdictQuery, map[string]any{}, module{"x.rego", calling(`print("x")`)}); err == nil {
		t.Error("a rule that prints was compiled")
	}
}

// TestSandboxFetchesNothing hands rules that would fetch something, by a call or
// by a schema's reference, to the sandbox and to a bare evaluator.
func TestSandboxFetchesNothing(t *testing.T) {
	var hits atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		hits.Add(1)
		fmt.Fprint(w, `{"type": "object"}`)
	}))
	t.Cleanup(s.Close)
	inputs := map[string]string{
		"http.send":     calling(`http.send({"method": "get", "url": "` + s.URL + `"})`),
		"a remote $ref": calling(`json.match_schema({}, {"$ref": "` + s.URL + `/schema.json"})`),
	}
	for name, source := range inputs {
		m := module{"x.rego", source}
		q, err := prepareWith(t.Context(), ast.CapabilitiesForThisVersion(), verdictQuery, map[string]any{}, m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := evaluate(t.Context(), q, ast.NewObject()); err != nil || hits.Swap(0) == 0 {
			t.Errorf("%s: a bare evaluator fetched nothing (%v), so this shows nothing", name, err)
		}
		if q, err = prepare(t.Context(), verdictQuery, map[string]any{}, m); err == nil {
			_, _ = evaluate(t.Context(), q, ast.NewObject())
			t.Errorf("%s: compiled", name)
		}
		if n := hits.Swap(0); n != 0 {
			t.Errorf("%s: %d requests left the sandbox", name, n)
		}
	}
}

func TestAllowedFunctionsExistAndAreDetermined(t *testing.T) {
	all := ast.CapabilitiesForThisVersion().Builtins
	for _, name := range allowedBuiltins {
		i := slices.IndexFunc(all, func(b *ast.Builtin) bool { return b.Name == name })
		if i < 0 {
			t.Errorf("%s is no function of this evaluator", name)
		} else if all[i].Nondeterministic {
			t.Errorf("%s is not determined by its arguments", name)
		}
	}
	c := capabilities()
	if len(c.Builtins) != len(allowedBuiltins) || c.AllowNet == nil || len(c.AllowNet) != 0 {
		t.Errorf("the sandbox has %d functions and the hosts %v", len(c.Builtins), c.AllowNet)
	}
}

// runaway are rules that would not end in time, or ask for more than there is.
var runaway = map[string]string{
	"all triples of 2,000": rules(`big contains x if { some a in list; some b in list; some c in list; x := ((a * 4000000) + (b * 2000)) + c }

list := ` + numbers(2000) + `

verdict := {"version": 9, "header_ok": true, "accepted": {}} if count(big) > 0`),
	"doubled forty times": rules(doubling(40) + `
verdict := {"version": 9, "header_ok": true, "accepted": {}} if count(s40) > 0`),
}

func numbers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d, ", i)
	}
	return "[" + strings.TrimSuffix(b.String(), ", ") + "]"
}

// doubling makes sets of texts, each of which is twice as large as the one before.
func doubling(n int) string {
	var b strings.Builder
	b.WriteString("s0 := {\"a\", \"b\"}\n\n")
	for i := range n {
		fmt.Fprintf(&b, "s%d := {x | some p in s%d; some q in {\"a\", \"b\"}; x := concat(\"\", [p, q])}\n\n", i+1, i)
	}
	return b.String()
}

func TestRunawayRulesAreStopped(t *testing.T) {
	for name, source := range runaway {
		q, err := prepare(t.Context(), verdictQuery, map[string]any{}, module{"x.rego", source})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		e := &Egress{deadline: Deadline, layers: []layer{{Answered{"x", 1}, lens{codelist.National(), Floor()}, []part{{1, q}}}}}
		began := time.Now()
		d, err := e.Decide(t.Context(), Question{Header: goodHeader()})
		if err == nil || d.Allowed {
			t.Errorf("%s: %v, allowed %v", name, err, d.Allowed)
		}
		if took := time.Since(began); took > 20*Deadline {
			t.Errorf("%s: was stopped after %s", name, took)
		}
		if _, err := NewEgress(t.Context(), codelist.National(), office, Pack{Layer: LayerNational, Version: 1, Limits: Floor(), Rules: source}); err == nil {
			t.Errorf("%s: was taken in", name)
		}
	}
}

// TestOddNumbersAndDepthsEndInAnError holds rules that try the evaluator itself.
func TestOddNumbersAndDepthsEndInAnError(t *testing.T) {
	for name, source := range map[string]string{
		"deep brackets":   rules("x := " + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + "\n\n" + pleasant),
		"a huge exponent": rules(`verdict := {"version": 9, "header_ok": true, "accepted": {}} if 1e999999999 % 7 == 1`),
		"a huge sum":      rules(`verdict := {"version": 9, "header_ok": true, "accepted": {}} if 1e999999999 + 1e999999998 < 0`),
		"a huge text":     rules(`verdict := {"version": 9, "header_ok": true, "accepted": {}} if format_int(1e999999, 2) == "x"`),
		"a recursion":     rules("f(x) := f(x + 1)\n\nverdict := f(1)"),
		"no Rego":         "this is no Rego",
		"another package": "package casehub.other\n\n" + pleasant,
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		began := time.Now()
		_, err := NewEgress(ctx, codelist.National(), office, Pack{Layer: LayerNational, Version: 9, Limits: Floor(), Rules: source})
		cancel()
		if err == nil && name != "deep brackets" {
			t.Errorf("%s: was taken in", name)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s: took %s", name, took)
		}
	}
}

func TestAPanicOfTheEvaluatorIsAnError(t *testing.T) {
	q, err := prepare(t.Context(), verdictQuery, map[string]any{}, module{"x.rego", rules(`verdict := input.x`)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := evaluate(t.Context(), q, struct{ ast.Value }{}); !errors.Is(err, ErrPanic) {
		t.Errorf("error = %v, want ErrPanic", err)
	}
}
