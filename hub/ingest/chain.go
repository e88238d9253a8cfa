package ingest

import (
	"bytes"
	"slices"

	"casehub/internal/civil"
	"casehub/internal/release"
	releasev1 "casehub/proto/casehub/release/v1"
)

// standing says whether a kept release counts.
type standing string

const (
	counted standing = "counted"
	waiting standing = "waiting"
	voided  standing = "voided"
	// dropped was waiting and turned out not to follow the release before it. It
	// is not kept.
	dropped standing = "dropped"
)

// link is what the chain needs to know of one release.
type link struct {
	sequence uint32
	digest   [32]byte
	previous []byte // digest of the release before; empty in the first
	kind     releasev1.ReleaseKind
	voids    uint32 // 0 in other kinds than VOID
	month    civil.Month
	key      uint32 // number of the key that signed; 0 in what is kept
}

func linkOf(o *release.Opened) link {
	r := o.Release
	return link{
		sequence: r.GetSequence(), digest: o.Digest, previous: r.GetPreviousDigest(), kind: r.GetKind(),
		voids: r.GetVoidsSequence(), month: civil.Month(r.GetPeriod()), key: o.Sealed.GetKeyId(),
	}
}

// kept is one release of an office, in the database or about to be.
type kept struct {
	link
	standing standing
	stream   uint64 // place in the stream of the message that brought it
	arrival  int    // 1, 2, 3 … within the office
	// fresh is true until it is in the database; was is how it stands there.
	fresh     bool
	was       standing
	receipted bool // the hub has given a word on it
	// reason says why it was dropped.
	reason releasev1.ReasonCode
}

// chain is one office's row of releases. Releases are put to it one after the
// other in the order of their arrival; the same releases in any order and any
// number end in the same standings (invariant I5).
type chain struct {
	orgUnit uint32
	counted uint32 // newest sequence that counts; 0 when none
	head    []byte // its digest; empty when none
	// month is the newest that counts or was voided, 0 when none: an office
	// releases each month once.
	month    civil.Month
	arrivals int
	key      uint32 // number of the one key that may bring something new
	held     bool
	forked   bool // forks are kept of it, whether or not it is held

	known map[uint32]*kept
	forks map[uint32][][32]byte
	gone  []*kept // dropped
}

// word is the hub's word on one release.
type word struct {
	orgUnit  uint32
	sequence uint32
	digest   [32]byte
	status   releasev1.ReceiptStatus
	reason   releasev1.ReasonCode
	count    uint32 // releases of the office that count
	// before is the status of the receipt that a word is to replace, 0 when there
	// was none; for words that were owed only.
	before releasev1.ReceiptStatus
	// dropped is true of a release that the chain refused.
	dropped bool
}

func (c *chain) word(l link, s releasev1.ReceiptStatus, r releasev1.ReasonCode) word {
	return word{orgUnit: c.orgUnit, sequence: l.sequence, digest: l.digest, status: s, reason: r, count: c.counted}
}

// put gives the chain one release and returns the hub's words: on this one
// first, then on those that it set free. Stream is the message's place in the
// stream.
func (c *chain) put(l link, stream uint64) []word {
	k, ok := c.known[l.sequence]
	switch {
	case !ok:
		c.arrivals++
		c.known[l.sequence] = &kept{link: l, standing: waiting, stream: stream, arrival: c.arrivals, fresh: true}
		return c.advance(l)
	case k.digest != l.digest:
		return []word{c.fork(l)}
	default:
		return c.again(k, stream)
	}
}

// replaced reports whether another key than the newest signed a release that is not
// kept yet. A thief's key neither counts anything nor holds the office by a fork;
// that what counted came by it stays true.
func (c *chain) replaced(l link) bool {
	k, ok := c.known[l.sequence]
	return l.key != c.key && (!ok || k.digest != l.digest)
}

// advance counts what follows on without a gap and returns the words, that on
// the release that just came first.
func (c *chain) advance(came link) []word {
	var words []word
	for !c.held {
		k, ok := c.known[c.counted+1]
		if !ok || k.standing != waiting {
			break
		}
		words = append(words, c.follow(k))
		if k.standing == dropped {
			break
		}
	}
	if k := c.known[came.sequence]; k != nil && k.standing == waiting {
		words = append([]word{c.wait(k)}, words...)
	}
	return words
}

// follow counts the release after the newest one, if it names that one as its
// predecessor and is about a later month. A VOID is about no month of its own.
func (c *chain) follow(k *kept) word {
	void := k.kind == releasev1.ReleaseKind_RELEASE_KIND_VOID
	switch {
	case !bytes.Equal(k.previous, c.head):
		return c.drop(k, chainBroken)
	case !void && k.month <= c.month:
		return c.drop(k, invalid)
	}
	k.standing, k.receipted = counted, true
	c.counted, c.head = k.sequence, k.digest[:]
	if !void {
		c.month = k.month
	}
	c.void(k)
	return c.word(k.link, accepted, noReason)
}

// drop refuses a release that stands next in the chain and cannot.
func (c *chain) drop(k *kept, why releasev1.ReasonCode) word {
	k.standing, k.reason = dropped, why
	delete(c.known, k.sequence)
	c.gone = append(c.gone, k)
	w := c.word(k.link, refused, why)
	w.dropped = true
	return w
}

// void takes back the release that a VOID names. A VOID of a VOID takes back
// nothing, because there is nothing in one.
func (c *chain) void(k *kept) {
	if k.kind != releasev1.ReleaseKind_RELEASE_KIND_VOID {
		return
	}
	if t := c.known[k.voids]; t != nil && t.kind != releasev1.ReleaseKind_RELEASE_KIND_VOID {
		t.standing = voided
	}
}

func (c *chain) wait(k *kept) word {
	if c.held {
		return c.word(k.link, waits, officeHeld)
	}
	return c.word(k.link, waits, gap)
}

// fork keeps a second release of a used number and holds the office. One that is
// kept already says nothing new: it does not hold an office again that a person
// has let go on.
func (c *chain) fork(l link) word {
	if slices.Contains(c.forks[l.sequence], l.digest) {
		return c.word(l, forked, isFork)
	}
	c.held = true
	c.arrivals++
	c.forks[l.sequence] = append(c.forks[l.sequence], l.digest)
	return c.word(l, forked, isFork)
}

// resume ends the hold and counts what waited and follows.
func (c *chain) resume() []word {
	c.held = false
	return c.advance(link{})
}

// again answers bytes that are kept already. The stream hands out a message
// again when the acknowledgement was lost: that is no second release, and gets
// a word only if there was none.
func (c *chain) again(k *kept, stream uint64) []word {
	switch {
	case k.standing == waiting:
		return []word{c.wait(k)}
	case stream != k.stream:
		return []word{c.word(k.link, duplicate, noReason)}
	case !k.receipted:
		return []word{c.word(k.link, accepted, noReason)}
	}
	return nil
}
