package retention

import (
	"context"
	"fmt"
	"strconv"

	"casehub/internal/actor"
	"casehub/internal/civil"
	"casehub/internal/sqlite"
	"casehub/node/audit"
)

// forgetPassing deletes what nobody's file holds once its years are over: visits of
// people who were not registered, and answers to forms that name no case. They are kept
// as long as a client without a case. Nobody is asked, because nobody could say who they
// were of; the audit keeps how many went.
func (s *Service) forgetPassing(ctx context.Context) error {
	rules, err := s.Rules(ctx)
	if err != nil {
		return err
	}
	before := civil.On(s.now().AddDate(-rules.Years(0), 0, 0))
	any, err := hasPassing(ctx, s.db, before)
	if err != nil || !any {
		return err
	}
	return s.db.Tx(ctx, func(tx *sqlite.Tx) error {
		n, err := deletePassing(ctx, tx, before)
		if err != nil {
			return fmt.Errorf("deleting what nobody's file holds: %w", err)
		}
		now := s.now()
		if err := noteTraces(ctx, tx, now); err != nil {
			return err
		}
		return audit.Record(ctx, tx, now, actor.Node(), "retention.passing-deleted", strconv.FormatInt(n, 10))
	})
}
