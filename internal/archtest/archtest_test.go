package archtest

import (
	"os"
	"testing"
)

// TestTheSourceKeepsTheRules reads the whole project.
func TestTheSourceKeepsTheRules(t *testing.T) {
	tree, err := Load(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	if len(tree.Go) < 20 || len(tree.Requires) < 10 {
		t.Fatalf("found %d Go files and %d requirements; is this the root of the project?", len(tree.Go), len(tree.Requires))
	}
	for _, f := range Check(tree, Ours()) {
		t.Error(f)
	}
}
