package policy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

// Deadline is the longest that one decision may take, all layers together;
// beyond it nothing leaves.
const Deadline = 250 * time.Millisecond

// allowedBuiltins are the functions that a rule may call: comparisons, whole
// numbers, sets, objects and lists. None of them reaches out, reads a clock,
// draws lots, prints, or makes much out of little. A function that a new version
// of the evaluator brings is not among them.
var allowedBuiltins = []string{
	"eq", "equal", "neq", "lt", "lte", "gt", "gte", "assign",
	"plus", "minus", "mul", "div", "rem", "abs",
	"and", "or", "set_diff", "intersection", "union", "internal.member_2", "internal.member_3",
	"count", "sum", "max", "min", "sort",
	"array.concat", "array.slice", "object.get", "object.keys", "object.union", "object.remove", "object.filter", "object.subset",
	"is_array", "is_boolean", "is_null", "is_number", "is_object", "is_set", "is_string",
	"startswith", "endswith", "contains", "concat", "split", "to_number", "format_int",
}

var (
	// ErrPanic reports rules that made the evaluator fail. Nothing leaves on it.
	ErrPanic = errors.New("the evaluator failed")
	// ErrRules reports rules that the sandbox does not run.
	ErrRules = errors.New("the rules do not hold")
)

// capabilities returns what a sandboxed policy may use: the functions by name,
// and no host.
func capabilities() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.Builtins = slices.DeleteFunc(c.Builtins, func(b *ast.Builtin) bool {
		return b.Nondeterministic || !slices.Contains(allowedBuiltins, b.Name)
	})
	c.AllowNet = []string{}
	return c
}

// module is one Rego file of a layer.
type module struct {
	name, source string
}

// prepare compiles modules in the sandbox for one query over fixed data. A rule
// that uses a function which is not allowed fails here, not when it is asked.
func prepare(ctx context.Context, query string, data map[string]any, modules ...module) (rego.PreparedEvalQuery, error) {
	return prepareWith(ctx, capabilities(), query, data, modules...)
}

// prepareWith is prepare with other capabilities, so that a test can show what
// the sandbox keeps out.
func prepareWith(ctx context.Context, can *ast.Capabilities, query string, data map[string]any, modules ...module) (q rego.PreparedEvalQuery, err error) {
	defer recovered(&err)
	options := []func(*rego.Rego){
		rego.Query(query),
		rego.Capabilities(can),
		rego.StrictBuiltinErrors(true),
		rego.Strict(true),
		rego.Store(inmem.NewFromObjectWithOpts(data, inmem.OptReturnASTValuesOnRead(true))),
	}
	for _, m := range modules {
		options = append(options, rego.Module(m.name, m.source))
	}
	if q, err = rego.New(options...).PrepareForEval(ctx); err != nil {
		return rego.PreparedEvalQuery{}, fmt.Errorf("preparing the policy: %w: %s", ErrRules, firstLine(err))
	}
	return q, nil
}

// firstLine shortens what the compiler says to its first complaint.
func firstLine(err error) string {
	head, rest, _ := strings.Cut(err.Error(), "\n")
	if strings.Contains(head, "errors occurred") {
		head, _, _ = strings.Cut(rest, "\n")
	}
	head = strings.TrimPrefix(head, "bundle activation failed: ")
	return strings.TrimPrefix(head, "1 error occurred: ")
}

// evaluate asks a prepared query. An evaluator that fails in any way is an error,
// and so is an answer that comes after the end of ctx: the evaluator notices that
// late or, on a quick question, never.
func evaluate(ctx context.Context, q rego.PreparedEvalQuery, input ast.Value) (rs rego.ResultSet, err error) {
	defer recovered(&err)
	if rs, err = q.Eval(ctx, rego.EvalParsedInput(input)); err != nil {
		return nil, fmt.Errorf("asking the policy: %w", errors.Join(err, ctx.Err())) // OPA has an error of its own for a deadline
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("asking the policy: %w", err)
	}
	return rs, nil
}

// recovered turns a panic into ErrPanic. What the panic says may hold values of
// the input and is dropped.
func recovered(err *error) {
	if recover() != nil {
		*err = ErrPanic
	}
}
