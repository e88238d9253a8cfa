package backup_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"casehub/node/backup"
	"casehub/node/backup/store"
)

// daily simulates a place that gets a backup a day and lets go after each.
func daily(days int) (mains, keys map[int]time.Time) {
	mains, keys = map[int]time.Time{}, map[int]time.Time{}
	for d := 1; d <= days; d++ {
		now := start.AddDate(0, 0, d)
		mains[d], keys[d] = now, now
		var list []backup.Kept
		for n, at := range mains {
			list = append(list, backup.Kept{Sequence: n, At: at})
		}
		for _, name := range backup.Outlived(list, now) {
			switch name.Kind {
			case store.Main:
				delete(mains, name.Sequence)
			case store.Keys:
				delete(keys, name.Sequence)
			case store.ManifestFile:
			}
		}
	}
	return mains, keys
}

func TestTwoYearsOfDailyBackups(t *testing.T) {
	const days = 730
	mains, keys := daily(days)
	now := start.AddDate(0, 0, days)
	// The newest seven count among the weeks and the months as well.
	if len(mains) < 7+2+11 || len(mains) > 7+4+12 {
		t.Errorf("%d backups are kept", len(mains))
	}
	for d := days - 6; d <= days; d++ {
		if _, there := mains[d]; !there {
			t.Errorf("the backup of %d days ago is gone", days-d)
		}
	}
	months := map[string]bool{}
	for _, at := range mains {
		months[at.Format("2006-01")] = true
		if at.Before(now.AddDate(0, -12, 0)) {
			t.Errorf("a backup of %s is kept for more than 12 months", at.Format(time.DateOnly))
		}
	}
	if len(months) < 12 {
		t.Errorf("only %d months have a backup", len(months))
	}
	for n, at := range keys {
		if now.Sub(at) > 35*24*time.Hour {
			t.Errorf("the keys of backup %d are %s old", n, now.Sub(at))
		}
	}
	if len(keys) < 7 {
		t.Errorf("only %d backups have their keys", len(keys))
	}
}

// Whatever backups there are: the newest stays with its keys, nothing else is
// older than 12 months, no other keys are older than 35 days, and at most 23 stay.
func TestWhatOutlivesItsTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ages := rapid.SliceOfN(rapid.IntRange(0, 1000), 1, 60).Draw(t, "ages")
		slices.Sort(ages)
		slices.Reverse(ages)
		var list []backup.Kept
		for i, days := range ages {
			list = append(list, backup.Kept{Sequence: i + 1, At: start.AddDate(0, 0, -days)})
		}
		gone := map[store.Name]bool{}
		for _, n := range backup.Outlived(list, start) {
			gone[n] = true
		}
		stay := 0
		for i, b := range list {
			main, keys := gone[store.Name{Sequence: b.Sequence, Kind: store.Main}], gone[store.Name{Sequence: b.Sequence, Kind: store.Keys}]
			newest := i == len(list)-1
			switch {
			case newest && (main || keys):
				t.Fatal("the newest is let go")
			case main && !keys, main != gone[store.Name{Sequence: b.Sequence, Kind: store.ManifestFile}]:
				t.Fatal("a part of a backup stays")
			case !newest && !main && b.At.Before(start.AddDate(0, -12, 0)):
				t.Fatal("a backup outlives 12 months")
			case !newest && !keys && start.Sub(b.At) > 35*24*time.Hour:
				t.Fatal("keys outlive 35 days")
			}
			if !main {
				stay++
			}
		}
		if stay > 23 {
			t.Fatalf("%d stay", stay)
		}
	})
}

func TestStatusTurnsAmberAndRed(t *testing.T) {
	day := 24 * time.Hour
	for _, c := range []struct {
		ago  time.Duration
		want backup.Level
		days int
	}{
		{0, backup.Good, 0},
		{7*day - time.Second, backup.Good, 6},
		{7 * day, backup.Warn, 7},
		{14*day - time.Second, backup.Warn, 13},
		{14 * day, backup.Bad, 14},
		{400 * day, backup.Bad, 400},
		{-time.Hour, backup.Good, 0},
		{-3 * day, backup.Bad, 0}, // the clock was set back
	} {
		if s := backup.StatusAt(start.Add(-c.ago), start); s.Level != c.want || s.Days != c.days {
			t.Errorf("%s ago: %+v, want %s, %d days", c.ago, s, c.want, c.days)
		}
	}
	if s := backup.StatusAt(time.Time{}, start); s.Level != backup.Bad {
		t.Errorf("never: %+v", s)
	}
}

func TestWhenABackupIsDue(t *testing.T) {
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, time.UTC) }
	good := func(t time.Time) backup.Backup { return backup.Backup{BegunAt: t, EndedAt: t, VerifiedAt: t} }
	bad := func(t time.Time) backup.Backup { return backup.Backup{BegunAt: t, EndedAt: t, Failure: "place-gone"} }
	for name, c := range map[string]struct {
		last backup.Backup
		now  time.Time
		want bool
	}{
		"never":                            {backup.Backup{}, at(22, 3, 0), true},
		"today, before the hour":           {good(at(21, 12, 1)), at(22, 11, 59), false},
		"today, at the hour":               {good(at(21, 12, 1)), at(22, 12, 0), true},
		"made today":                       {good(at(22, 12, 0)), at(22, 23, 59), false},
		"the laptop was off at the hour":   {good(at(20, 12, 0)), at(22, 8, 0), true},
		"failed a moment ago":              {bad(at(22, 12, 0)), at(22, 12, 30), false},
		"failed an hour ago":               {bad(at(22, 12, 0)), at(22, 13, 0), true},
		"died while it ran, a moment ago":  {backup.Backup{BegunAt: at(22, 12, 0)}, at(22, 12, 10), false},
		"died while it ran, two hours ago": {backup.Backup{BegunAt: at(22, 12, 0)}, at(22, 14, 0), true},
	} {
		if got := backup.IsDue(12, c.last, c.now); got != c.want {
			t.Errorf("%s: due %v, want %v", name, got, c.want)
		}
	}
}
