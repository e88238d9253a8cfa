package retention

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/internal/sqlite"
	"casehub/node/documents"
	"casehub/node/vault"
)

// journalPurpose is what the key of the journal is derived for.
const journalPurpose = "casehub/erasure-journal/v1"

// journalHead begins a journal, journalEnd its last line: a code over all before.
const (
	journalHead = "casehub erasure journal 1"
	journalEnd  = "code "
)

// ErrJournal reports bytes that are no journal of this node, or that somebody
// has changed.
var ErrJournal = errs.New(errs.Invalid, "retention.journal")

// tag is the keyed hash of something that was erased. Without the key it says
// nothing, and with it only whether an identifier that one has is the one.
type tag [sha256.Size]byte

// tagOf returns the tag of a "client" or a "case".
func tagOf(key vault.Key, kind, id string) tag {
	mac := hmac.New(sha256.New, key[:])
	mac.Write([]byte(kind + "\x00" + id)) //nolint:errcheck // a hash takes everything
	return tag(mac.Sum(nil))
}

// Journal returns the erasure journal as it is kept beside each backup: one line
// an erasure, in no order that says anything, and a code over all of them.
func (s *Service) Journal(ctx context.Context) ([]byte, error) {
	tags, err := selectTags(ctx, s.db)
	if err != nil {
		return nil, fmt.Errorf("reading the erasure journal: %w", err)
	}
	key, err := s.Keys.Derive(journalPurpose)
	if err != nil {
		return nil, err
	}
	defer clear(key[:])
	return encodeJournal(key, tags), nil
}

func encodeJournal(key vault.Key, tags []tag) []byte {
	slices.SortFunc(tags, func(a, b tag) int { return bytes.Compare(a[:], b[:]) })
	var b strings.Builder
	b.WriteString(journalHead + "\n")
	for _, t := range tags {
		b.WriteString(hex.EncodeToString(t[:]) + "\n")
	}
	code := tagOf(key, "journal", b.String())
	return []byte(b.String() + journalEnd + hex.EncodeToString(code[:]) + "\n")
}

// parseJournal reads a journal that one of the keys signed. It fails with
// ErrJournal.
func parseJournal(keys []vault.Key, journal []byte) ([]tag, error) {
	lines := strings.Split(strings.TrimSuffix(string(journal), "\n"), "\n")
	n := len(lines) - 1
	if n < 1 || lines[0] != journalHead || !strings.HasPrefix(lines[n], journalEnd) {
		return nil, ErrJournal
	}
	code, err := readTag(strings.TrimPrefix(lines[n], journalEnd))
	body := strings.Join(lines[:n], "\n") + "\n"
	genuine := func(k vault.Key) bool { t := tagOf(k, "journal", body); return hmac.Equal(t[:], code[:]) }
	if err != nil || !slices.ContainsFunc(keys, genuine) {
		return nil, ErrJournal
	}
	tags := make([]tag, n-1)
	for i, line := range lines[1:n] {
		if tags[i], err = readTag(line); err != nil {
			return nil, err
		}
	}
	return tags, nil
}

func readTag(s string) (tag, error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(tag{}) {
		return tag{}, ErrJournal
	}
	return tag(b), nil
}

// journalKeys returns the key of the journal under the present and all former
// master keys.
func journalKeys(k Keys) ([]vault.Key, error) {
	present, err := k.Derive(journalPurpose)
	if err != nil {
		return nil, err
	}
	former, err := k.Former(journalPurpose)
	return append([]vault.Key{present}, former...), err
}

// Reapply erases everything that a journal names and that is there again: in a
// database that was restored from an older backup, before anybody works with it.
// It takes the journal into the database and may be repeated. The store is that
// of the restored node. It returns how many clients and cases it erased, and
// fails with ErrJournal. An empty journal is none.
func Reapply(ctx context.Context, s Store, journal []byte, now time.Time) (int, error) {
	keys, err := journalKeys(s.Keys)
	if err != nil {
		return 0, err
	}
	defer func() {
		for i := range keys {
			clear(keys[i][:])
		}
	}()
	if len(journal) > 0 {
		tags, err := parseJournal(keys, journal)
		if err != nil {
			return 0, err
		}
		if err := s.DB.Tx(ctx, func(tx *sqlite.Tx) error { return insertTags(ctx, tx, tags) }); err != nil {
			return 0, fmt.Errorf("taking the erasure journal in: %w", err)
		}
	}
	svc := &Service{Store: s, db: s.DB, now: func() time.Time { return now }}
	n, err := svc.again(ctx, keys)
	if n == 0 || err != nil {
		return n, err
	}
	return n, svc.removeTraces(ctx)
}

// again erases what the journal in the database names and what is there again.
func (s *Service) again(ctx context.Context, keys []vault.Key) (int, error) {
	tags, err := selectTags(ctx, s.db)
	if err != nil || len(tags) == 0 {
		return 0, err
	}
	known := make(map[tag]bool, len(tags))
	for _, t := range tags {
		known[t] = true
	}
	found, err := findAgain(ctx, s.db, func(kind, id string) bool {
		return slices.ContainsFunc(keys, func(k vault.Key) bool { return known[tagOf(k, kind, id)] })
	})
	if err != nil || len(found) == 0 {
		return 0, err
	}
	var gone []vault.FileID
	for _, f := range found {
		err := s.db.Tx(ctx, func(tx *sqlite.Tx) error {
			still, err := isThere(ctx, tx, f)
			if err != nil || !still {
				return err
			}
			e := eraser{tx, actor.Node(), s.now(), s.Keys, s.step, ""}
			more, err := e.erase(ctx, f.client, f.caseID)
			gone = append(gone, more...)
			return err
		})
		if err != nil {
			return 0, fmt.Errorf("erasing again: %w", err)
		}
	}
	if s.Files != nil {
		err = documents.NewService(s.db, nil, s.Files, s.now).Discard(ctx, gone)
	}
	return len(found), errors.Join(err, s.destroyKeys(ctx))
}
