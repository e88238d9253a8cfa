package pack

import "casehub/internal/civil"

// Grace is how many days after its expiry a pack is held while releases still
// leave. Then they wait until a newer one comes; nothing is ever relaxed.
const Grace = 90

// Seen is the newest pack of one name that was ever taken; its zero value stands
// before the first.
type Seen struct {
	Version uint32
	Digest  [32]byte
}

// Admit reports why a verified pack may not be taken on a day, nil when it may. It
// is nil, too, for the very pack that was taken before.
func (s Seen) Admit(p Pack, today civil.Date) error {
	switch {
	case p.Version < s.Version:
		return ErrOlder
	case p.Version == s.Version && p.Digest != s.Digest:
		return ErrOther
	case p.Version == s.Version:
		return nil
	case p.Expires.Before(today):
		return ErrExpired
	}
	return nil
}

// Paused reports whether a pack expired so long ago that nothing may leave.
func (m Manifest) Paused(today civil.Date) bool { return m.Expires.AddDays(Grace).Before(today) }
