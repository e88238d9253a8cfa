package policy

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

// Deadline is the longest that one evaluation may take; beyond it nothing
// leaves.
const Deadline = 250 * time.Millisecond

// refusedPrefixes names the families of built-in functions that a policy has no
// use for: what reaches out, reads a clock, draws lots, tells secrets or prints.
var refusedPrefixes = []string{
	"http.", "net.lookup", "opa.", "time.", "rand.", "uuid.", "io.jwt.", "crypto.",
	"rego.", "print", "trace", "json.match_schema", "json.verify_schema", "providers.", "graphql.",
}

// capabilities returns what a sandboxed policy may use: the built-in functions
// of this OPA without the nondeterministic and the refused ones, and no host.
func capabilities() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.Builtins = slices.DeleteFunc(c.Builtins, func(b *ast.Builtin) bool {
		return b.Nondeterministic || slices.ContainsFunc(refusedPrefixes, func(p string) bool { return strings.HasPrefix(b.Name, p) })
	})
	c.AllowNet = []string{}
	return c
}

// module is one Rego file of a layer.
type module struct {
	name, source string
}

// prepare compiles modules in the sandbox for one query over fixed data. A rule
// that uses a refused function fails here, not when it is asked.
func prepare(ctx context.Context, query string, data map[string]any, modules ...module) (rego.PreparedEvalQuery, error) {
	options := []func(*rego.Rego){
		rego.Query(query),
		rego.Capabilities(capabilities()),
		rego.StrictBuiltinErrors(true),
		rego.Strict(true),
		rego.Store(inmem.NewFromObjectWithOpts(data, inmem.OptReturnASTValuesOnRead(true))),
	}
	for _, m := range modules {
		options = append(options, rego.Module(m.name, m.source))
	}
	q, err := rego.New(options...).PrepareForEval(ctx)
	if err != nil {
		return rego.PreparedEvalQuery{}, fmt.Errorf("preparing the policy: %w", err)
	}
	return q, nil
}
