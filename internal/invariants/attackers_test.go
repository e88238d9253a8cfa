package invariants

import (
	"slices"
	"strings"
	"testing"
)

// attacker is somebody of the threat model: the tests that play them, each by the folder
// of its package, and what no test shows, with its reason. One of the two may be empty.
type attacker struct {
	who   string
	tests []string
	open  string
}

// attackers are all of them, in the order of the model.
var attackers = []attacker{
	{
		"the hub's operator, who is curious",
		[]string{
			"internal/attack.TestProveModeDGivesNoSingleCaseAway", "internal/attack.TestProveEveryCaseCouldBeElsewhere", "internal/attack.TestProveNothingSmallLeaves",
			"internal/attack.TestProveTheAttackersBite", "internal/twins.TestProveTwins", "internal/twins.TestProveLeaks", "internal/canary.TestProveTheCanaries",
			"node/ledger.TestNoSensitiveGroupIsDatedToAMonth",
		},
		"what the operator knows from elsewhere: nothing that an office does changes it",
	},
	{
		"another office",
		[]string{
			"internal/broker.TestAnOfficePublishesOnItsOwnSubject", "internal/broker.TestAnOfficeMayNotPublishElsewhere", "internal/broker.TestAnOfficeMayNotListenElsewhere",
			"internal/broker.TestTheServersAnswerIsNoWayIn", "hub.TestReceiptsAreForTheirOfficeAlone", "hub/api.TestStatisticsAreForReaders",
		},
		"",
	},
	{
		"who takes the laptop",
		[]string{
			"node/vault.TestWrongSecretsOpenNothing", "node/vault.TestFolderHoldsNoSecret", "internal/sqlite.TestFilesHoldNoPlaintext", "internal/canary.TestProveTheCanaries",
			"node/people.TestAnIdleSessionLocksAndKeepsWhatWasTyped", "hub.TestWhoeverHasTheOldKeysIsShutOut", "cmd/casehub-demo.TestAnOfficeThatWasRobbedGoesOnAndTheThiefDoesNot",
		},
		"a weak password, a machine taken while it is open, memory that the system wrote to its disk: people and the machine decide on these",
	},
	{
		"who takes two backups",
		[]string{
			"node/backup.TestNoPlainByteAnywhere", "node/backup.TestTheManifestIsNumbersAndHashes", "node/backup.TestWrongWordsAndForgedManifests",
			"node/backup.TestBackupsFromBeforeAReKey", "internal/canary.TestProveTheCanaries",
		},
		"sizes and dates: they are there to be read",
	},
	{
		"an office that is careless or hostile",
		[]string{
			"hub/ingest.TestHostileBytesAreRefusedWithTheirReason", "hub/ingest.TestHostileBytesOnTheStream", "hub/ingest.TestAPoisonousReleaseBlocksNothing",
			"hub/ingest.TestAForkIsKeptAndHoldsTheOffice", "hub/ingest.TestAVoidTakesAWholeReleaseBack", "hub/ingest.TestOfficesDoNotTouchEachOther",
			"internal/release.TestHiddenChannelsAreRefused", "policy.TestHostileReleasesAreRefused",
		},
		"a lie that looks true, and a number unlike the office's own before: the hub has no rule that would notice either",
	},
	{
		"somebody in the network",
		[]string{
			"internal/pki.TestNodesTrustTheirHubAlone", "internal/broker.TestStrangersAreTurnedAway", "internal/web.TestElsewherePagesAreOverTLSAlone",
			"internal/release.TestNoChangeToTheBytesKeepsTheSeal", "node/egress.TestChangedBytesAreNotSent", "node/egress.TestFalseReceiptsChangeNothing",
			"hub/ingest.TestAnyOrderAndAnyNumberEndInTheSameState", "hub.TestAHubKilledAtAnyPointLosesAndDoublesNothing",
			"cmd/casehub-demo.TestNodeKilledAnywhereLosesAndDoublesNothing",
		},
		"that an office exists and sends once a month: the connection itself says so",
	},
	{
		"a colleague with a stake in a case",
		[]string{
			"node.TestEveryRouteShowsOnlyWhatItsReaderMaySee", "node.TestTheProofSeesRed", "node.TestWhoIsKeptFromACaseOpensNoNumber",
			"node.TestEveryLookAtWhatIsWatchedIsRecorded", "node/access.TestTheGateIsAsTheOracleSays", "node/access.TestAWallShutsOut",
			"node/access.TestNoEmergencyGoesThroughAWall", "node/access.TestASecondPersonDecides", "node/egress.TestNothingIsSealedWithoutTwoPeople",
			"node/audit.TestForgeryIsFoundAndNamed",
		},
		"a photograph of the screen",
	},
	{
		"a hub in other hands: a policy that allows more",
		[]string{
			"policy.TestAnotherLayerNeverAllowsMore", "policy.TestLimitsOnlyTighten", "policy.TestProveEachFloorCheckIsNeeded",
			"internal/pack.TestHostilePacksAreRefused", "internal/pack.TestTwoOfThreeKeysMakeAPack", "internal/pack.TestAVersionIsNeverGoneBackOn",
			"internal/pack.TestAPackThatExpiredLongAgoPauses", "node/egress.TestNothingLeavesWhenAPackIsWrong", "node/egress.TestAPackIsNeverGoneBackOn",
		},
		"",
	},
	{
		"a hub in other hands: a plan or code list that splits people up",
		[]string{
			"internal/pack.TestHostileRegistriesAreRefused", "node/egress.TestANewPlanWaitsForSomebodyToAcceptIt", "node/egress.TestANewPlanWaitsForItsMonth",
			"node/egress.TestAPlanThatCannotBeVerifiedIsNotInForce", "internal/attack.TestProveNothingSmallLeaves",
		},
		"a director who is talked into accepting a plan",
	},
	{
		"a hub in other hands: false receipts, or none",
		[]string{
			"node/egress.TestFalseReceiptsChangeNothing", "node/egress.TestOnlyAReceiptThatCountsEmptiesTheOutbox", "node/egress.TestAFalseReceiptKeepsNoOtherBack",
			"node/egress.TestTheHubIsGivenWhatItLacks", "node/egress.TestOnlyTheHubsWordTellsOfAnOlderDatabase",
			"node/egress.TestTheHubsWordStandsAboveWhatWasTold",
		},
		"what the hub tells others: it signs no statement of the nation that an office could hold against its own line",
	},
	{
		"one of two servers that add shares",
		nil,
		"there are no such servers: an office sends its numbers in groups of enough, and no sum of shares is built",
	},
	{
		"a module or an update that was tampered with",
		[]string{
			"internal/reach.TestProveTheDestinations", "internal/reach.TestProveThePackages", "internal/reach.TestProveTheCallGraph",
			"internal/archtest.TestTheSourceKeepsTheRules",
		},
		"a hostile build that its makers signed",
	},
	{
		"who has a court order against the hub",
		[]string{
			"internal/release.TestEveryFieldThatLeavesIsReviewed", "internal/release.TestCodesAreHeldToTheRegistry", "hub/ingest.TestRefusedBytesAreNotKept",
			"hub/api.TestErrorsAreCodesWithoutText", "internal/canary.TestProveTheCanaries",
		},
		"an office stays within reach of the law",
	},
}

// TestEveryAttackerHasTheirTests fails when a test of the list is gone, and when
// somebody is played by none and nothing says why.
func TestEveryAttackerHasTheirTests(t *testing.T) {
	if len(attackers) != 13 {
		t.Errorf("%d attackers, want 13", len(attackers))
	}
	in := map[string][]string{}
	for _, a := range attackers {
		if a.who == "" || len(a.tests) == 0 && a.open == "" {
			t.Errorf("%q is played by no test and no reason is given", a.who)
		}
		for _, test := range a.tests {
			dir, name, _ := strings.Cut(test, ".")
			if in[dir] == nil {
				in[dir] = testsIn(t, dir)
			}
			if !slices.Contains(in[dir], name) {
				t.Errorf("%s: the test %s is not there", a.who, test)
			}
		}
	}
}
