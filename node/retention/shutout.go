package retention

import (
	"context"
	"encoding/hex"
	"fmt"

	"casehub/internal/civil"
	"casehub/internal/sqlite"
	"casehub/node/vault"
)

// shutOutTag is the tag that shuts a person out of a record which is gone. Like
// all tags it says nothing to whoever has not both identifiers and the key.
func shutOutTag(key vault.Key, record, person string) tag {
	return tagOf(key, "wall", record+"\x00"+person)
}

// wallTags returns the tags by which the walls that stand before some cases
// outlive them. A person behind one of them is shut out of the client too, where
// that goes as well, and of the request.
func (e eraser) wallTags(ctx context.Context, key vault.Key, clientID string, ids []string, whole bool) ([]tag, error) {
	walls, err := standingWalls(ctx, e.tx, ids, civil.On(e.now))
	if err != nil {
		return nil, fmt.Errorf("looking for walls before what is erased: %w", err)
	}
	var tags []tag
	for _, w := range walls {
		tags = append(tags, shutOutTag(key, w.caseID, w.person))
		if whole {
			tags = append(tags, shutOutTag(key, clientID, w.person))
		}
		if e.request != "" {
			tags = append(tags, shutOutTag(key, e.request, w.person))
		}
	}
	return tags, nil
}

// walls leaves before cases that go the walls of everybody whom the journal shuts out
// of them: in a database that comes back, those that were raised since as well.
func (e eraser) walls(ctx context.Context, ids []string) error {
	people, err := selectPeople(ctx, e.tx)
	if err != nil {
		return err
	}
	var shut []standing
	for _, person := range people {
		from, err := ShutOut(ctx, e.tx, e.keys, person, ids)
		if err != nil {
			return err
		}
		for id, out := range from {
			if out {
				shut = append(shut, standing{id, person})
			}
		}
	}
	return leaveWalls(ctx, e.tx, ids, shut, e.now)
}

// ShutOut returns which of some identifiers are of records that were erased and
// that a person was shut out of by a wall until then: nothing of what is left of
// them is for that person. It asks the journal, so it knows as much after a
// restore.
func ShutOut(ctx context.Context, q sqlite.Querier, k Keys, person string, ids []string) (map[string]bool, error) {
	out := map[string]bool{}
	if len(ids) == 0 {
		return out, nil
	}
	keys, err := journalKeys(k)
	if err != nil {
		return nil, err
	}
	of := make(map[tag]string, len(ids)*len(keys))
	var tags []string
	for i := range keys {
		for _, id := range ids {
			t := shutOutTag(keys[i], id, person)
			of[t] = id
			tags = append(tags, hex.EncodeToString(t[:]))
		}
		clear(keys[i][:])
	}
	found, err := selectTagsOf(ctx, q, tags)
	if err != nil {
		return nil, fmt.Errorf("asking the erasure journal: %w", err)
	}
	for _, t := range found {
		out[of[t]] = true
	}
	return out, nil
}
