package invariants

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// held is one invariant: what it says, and the tests that hold it, each by the folder
// of its package.
type held struct {
	name, says string
	tests      []string
}

const random = "node/ledger.TestInvariantsI01I02I03I04I12I14HoldInEveryHistory"

// invariants are all of them. Those that a random history holds are shown to break by
// TestTheInvariantsAreSeenToBreak and TestTheRandomHistoriesSeeRed beside it.
var invariants = []held{
	{"I1", "every event is in one of three states, and stands for its record once", []string{random, "node/ledger.TestTheInvariantsAreSeenToBreak"}},
	{"I2", "net of entries it counts in one group at most, and every entry in a group of enough", []string{random, "node/ledger.TestTheInvariantsAreSeenToBreak"}},
	{"I3", "every number that is sent has events and people enough, money is spread", []string{random, "node/ledger.TestTheRandomHistoriesSeeRed", "internal/attack.TestProveNothingSmallLeaves", "internal/attack.TestProveNobodyKnowsAnothersMoney"}},
	{"I4", "what the hub counts is what the nodes released, and that what they marked", []string{random, "hub.TestAHubKilledAtAnyPointLosesAndDoublesNothing"}},
	{"I5", "the hub comes to the same in any order and at any repetition", []string{"hub/ingest.TestAnyOrderAndAnyNumberEndInTheSameState", "hub/ingest.TestAMessageHandedOutAgainChangesNoRow"}},
	{"I6", "sealed, sent and stored are the same bytes", []string{
		"node/egress.TestInvariantI06WhatWasSealedIsWhatIsStoredAndSent", "node/egress.TestChangedBytesAreNotSent", "hub/ingest.TestWhateverComesFollowsFromTheKeptBytes",
	}},
	{"I7", "offices with the same permitted aggregates send the same bytes", []string{"internal/twins.TestProveTwins", "internal/twins.TestProveLeaks", "node/ledger.TestInvariantI07EqualOfficesPublishTheSame"}},
	{"I8", "a hidden case of another hidden kind changes no byte", []string{"node/ledger.TestInvariantI08AHiddenCaseOfAnotherHiddenKindChangesNothing", "node/ledger.TestASwapIsSeenThatChangesSomething"}},
	{"I9", "another policy never lets more out", []string{
		"policy.TestAnotherLayerNeverAllowsMore", "policy.TestLimitsOnlyTighten", "node/egress.TestInvariantI09APackSwitchesHomogeneityOffOnlyWhenItIsAccepted",
		"node/egress.TestInvariantI09WhatStricterLimitsLetOutAlsoTheProgramDoes",
		"node/egress.TestTheGateAcceptsWhatTheLedgerChooses",
	}},
	{"I10", "nothing is sent when a layer fails, is late, is missing, or answers otherwise than agreed", []string{
		"policy.TestNothingLeavesOnAnOddAnswer", "policy.TestNoLayersAllowNothing", "policy.TestCancelledDecisionIsAnError", "policy.TestRunawayRulesAreStopped",
		"node/egress.TestNothingLeavesWhenAPackIsWrong", "node/egress.TestRulesThatDoNotAnswerRefuse",
	}},
	{"I11", "a release leaves the outbox by a receipt that holds, and by nothing else", []string{
		"node/egress.TestOnlyAReceiptThatCountsEmptiesTheOutbox", "node/egress.TestFalseReceiptsChangeNothing", "node/egress.TestOutboxKeepsWhatHasNoReceipt",
	}},
	{"I12", "a release that is taken back counts for nothing", []string{"node/ledger.TestInvariantI12AReleaseThatIsTakenBackCountsForNothing", random, "node/ledger.TestTheRandomHistoriesSeeRedWhatFell", "hub/ingest.TestAVoidTakesAWholeReleaseBack"}},
	{"I13", "the numbers of releases have no gap, and their chain holds", []string{
		"node/egress.TestInvariantI13ReleasesFollowEachOtherWithoutAGap", "node/egress.TestVerifyFindsAReleaseThatIsGone", "hub/ingest.TestAReleaseThatDoesNotFollowIsRefused",
	}},
	{"I14", "what fell leaves as the group that it was, in the block, or not", []string{
		random, "node/ledger.TestTheRandomHistoriesSeeRedWhatFell", "node/ledger.TestInvariantI14WhatFellAndChangedLeavesInOneBlock",
		"node/egress.TestNoTwoFilesCanBeSubtracted", "node/egress.TestFilesOfBeforeCouldBeSubtracted",
	}},
	{"I15", "an auditor who shares no code works out every group", []string{"node/auditor.TestProveTheAuditorAgrees", "node/auditor.TestAuditorSharesNoCodeWithTheLedger"}},
	{"I16", "a database that was put back counts nothing twice", []string{
		"node/egress.TestInvariantI16NothingLeavesADatabaseThatIsOlderThanWhatLeft", "node/egress.TestAnOlderDatabaseIsFoundByTheReceipts",
		"node/egress.TestWhateverTheHubHasOfAnotherDatabaseTells", "node/egress.TestInvariantI16WhatWaitsAtTheHubIsNoDifferenceToSubtract",
		"node/egress.TestAHubThatForgetsAReceiptIsFound", "node/egress.TestInvariantI16WhatWasLostLeavesNoSecondTime",
		"node/egress.TestWithoutAWordTheSameCasesWouldLeaveTwice", "node/egress.TestAfterARestoreAPersonSaysWhatLeftLast", "hub/ingest.TestAForkIsKeptAndHoldsTheOffice",
	}},
}

// TestEveryInvariantHasItsTests fails when a test of the list is gone, when an invariant
// is missing, and when a test bears the name of one and stands in no line.
func TestEveryInvariantHasItsTests(t *testing.T) {
	named := map[string]bool{}
	for i, v := range invariants {
		if want := fmt.Sprint("I", i+1); v.name != want || v.says == "" || len(v.tests) == 0 {
			t.Errorf("line %d is %s with %d tests, want %s with some", i+1, v.name, len(v.tests), want)
		}
		for _, test := range v.tests {
			named[test] = true
			dir, name, _ := strings.Cut(test, ".")
			if !slices.Contains(testsIn(t, dir), name) {
				t.Errorf("%s: the test %s is not there", v.name, test)
			}
		}
	}
	if len(invariants) != 16 {
		t.Errorf("%d invariants, want 16", len(invariants))
	}
	for _, dir := range []string{"node/ledger", "node/egress", "node/auditor", "policy", "hub/ingest"} {
		for _, name := range testsIn(t, dir) {
			if strings.HasPrefix(name, "TestInvariant") && !named[dir+"."+name] {
				t.Errorf("%s.%s bears the name of an invariant and stands in no line", dir, name)
			}
		}
	}
}

// TestATestThatIsGoneIsSeen is its red.
func TestATestThatIsGoneIsSeen(t *testing.T) {
	if all := testsIn(t, "node/ledger"); len(all) < 20 || slices.Contains(all, "TestInvariantI99") {
		t.Errorf("%d tests were found in node/ledger", len(all))
	}
}

// testsIn are the tests of a folder, by the functions in its files.
func testsIn(t *testing.T, dir string) []string {
	t.Helper()
	root := filepath.Join("..", "..", filepath.FromSlash(dir))
	entries, err := fs.ReadDir(os.DirFS(root), ".")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, e.Name()), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") {
				all = append(all, f.Name.Name)
			}
		}
	}
	return all
}
