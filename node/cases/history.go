package cases

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"casehub/internal/actor"
	"casehub/node/access"
	"casehub/node/audit"
)

// teller decides which entries of a case's history somebody reads.
type teller struct {
	may access.Classes
	// documents and consents say that the person reads those at all, walls that
	// they may raise one on the case.
	documents, consents, walls bool
}

// tells reports whether the person reads an entry. What stands in a case belongs
// to a field class, and that something was written there says what it was about.
func (t teller) tells(e audit.Entry) bool {
	area, _, _ := strings.Cut(e.Action, ".")
	switch area {
	case "case":
		return true
	case "referral", "consultation", "service", "complaint", "survey", "quality":
		return t.may.Narrative
	case "recovery":
		return t.may.Finance
	case "document":
		return t.documents && t.may.Narrative && t.may.Sensitive
	case "consent":
		return t.consents
	}
	return t.walls
}

// History returns the newest audit entries of a case, of what stands in it and of
// its client's consents, at most limit, as far as somebody may read them; of walls
// and emergencies only to who may raise walls there. Who looked at the case is no
// part of it. It fails with ErrNotFound.
func (s *Service) History(ctx context.Context, who actor.Actor, id ID, limit int) ([]audit.Entry, error) {
	may, err := s.gate.Classes(ctx, s.db, who, string(id))
	if err != nil {
		return nil, err
	}
	c, err := Get(ctx, s.db, id)
	if err != nil {
		return nil, err
	}
	t, err := s.teller(ctx, who, c, may)
	if err != nil {
		return nil, err
	}
	entries, err := audit.OfCase(ctx, s.db, string(id), historyMost)
	if err != nil {
		return nil, err
	}
	agreed, err := audit.Of(ctx, s.db, string(c.ClientID), historyMost)
	if err != nil {
		return nil, err
	}
	agreed = slices.DeleteFunc(agreed, func(e audit.Entry) bool { return e.Within != "" || !strings.HasPrefix(e.Action, "consent.") })
	entries = slices.DeleteFunc(append(entries, agreed...), func(e audit.Entry) bool { return !t.tells(e) })
	slices.SortFunc(entries, func(a, b audit.Entry) int { return cmp.Compare(b.Seq, a.Seq) })
	return entries[:min(limit, len(entries))], nil
}

// historyMost is how many entries are looked through for those that are told.
const historyMost = 400

func (s *Service) teller(ctx context.Context, who actor.Actor, c Case, may access.Classes) (teller, error) {
	t := teller{may: may}
	var err error
	for action, says := range map[string]*bool{"documents.read": &t.documents, "cases.wall": &t.walls} {
		if *says, err = access.Allowed(s.gate.Case(ctx, s.db, who, action, string(c.ID))); err != nil {
			return teller{}, err
		}
	}
	t.consents, err = access.Allowed(s.gate.Client(ctx, s.db, who, "consents.read", string(c.ClientID)))
	return t, err
}
