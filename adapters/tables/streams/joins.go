package streams

import (
	"hash/fnv"
	"slices"
	"strings"

	"casehub/adapters"
	"casehub/adapters/tables"
)

// sketchSize is how many hashes of a column are kept: the smallest. Two columns
// keep the same part of the values that they share, so how much of one is in the
// other can be told from the sketches.
const sketchSize = 1024

// sketch is what is kept of the values of a column.
type sketch struct {
	hashes []uint64 // the smallest, ascending, each once
	long   bool     // some value is no small number
	rest   bool     // there are more than these
}

func (s *sketch) add(raw string) {
	text := strings.ToLower(strings.TrimSpace(raw))
	if text == "" {
		return
	}
	if len(text) > 5 || strings.Trim(text, "0123456789") != "" {
		s.long = true
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(text))
	x := h.Sum64()
	x ^= x >> 33 // the last letters move the first bits
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	n := len(s.hashes)
	if n == sketchSize && x > s.hashes[n-1] {
		s.rest = true
		return
	}
	at, found := slices.BinarySearch(s.hashes, x)
	if found {
		return
	}
	s.hashes = slices.Insert(s.hashes, at, x)
	if len(s.hashes) > sketchSize {
		s.hashes = s.hashes[:sketchSize]
		s.rest = true
	}
}

// distinct estimates the number of different values, exact below sketchSize.
func (s *sketch) distinct() int {
	if !s.rest {
		return len(s.hashes)
	}
	part := float64(s.hashes[len(s.hashes)-1]) / float64(1<<63) / 2
	return int(float64(len(s.hashes)-1) / part)
}

// different reports whether n values may all be different.
func (s *sketch) different(n int64) bool {
	return float64(s.distinct()) > 0.8*float64(n)
}

// within estimates the share of the values that are among those of o.
func (s *sketch) within(o *sketch) float64 {
	limit := ^uint64(0)
	if s.rest {
		limit = s.hashes[len(s.hashes)-1]
	}
	if o.rest {
		limit = min(limit, o.hashes[len(o.hashes)-1])
	}
	all, found := 0, 0
	for _, h := range s.hashes {
		if h > limit {
			break
		}
		all++
		if _, ok := slices.BinarySearch(o.hashes, h); ok {
			found++
		}
	}
	if all == 0 {
		return 0
	}
	return float64(found) / float64(all)
}

// enough is the share of values that must be found for a join to be proposed.
const enough = 0.95

// maxPoints is how many joins are proposed for one field.
const maxPoints = 3

// point fills in what the fields of the streams point to.
func point(streams []adapters.Stream, seen []*surveyed) {
	for i, s := range seen {
		for c := range streams[i].Fields {
			f := &streams[i].Fields[c]
			f.Points = declared(s.table, f.Name, seen)
			if len(f.Points) == 0 {
				f.Points = proposed(s, c, seen)
			}
		}
	}
}

// declared returns what a foreign key of one column says.
func declared(t *tables.Table, column string, seen []*surveyed) []string {
	var points []string
	for _, r := range t.Refs {
		if len(r.Columns) != 1 || r.Columns[0] != column {
			continue
		}
		to := r.To
		if len(to) == 0 {
			for _, s := range seen {
				if s.table.Name == r.Table {
					to = s.table.Key
				}
			}
		}
		if len(to) == 1 && !slices.Contains(points, r.Table+"."+to[0]) {
			points = append(points, r.Table+"."+to[0])
		}
	}
	return points
}

// proposed returns the keys of other tables that hold nearly all values of a
// column. Small numbers are in every key of numbers, so they want a name that
// fits as well.
func proposed(s *surveyed, column int, seen []*surveyed) []string {
	of := &s.columns[column]
	if len(of.hashes) < 2 || s.key[column] && len(s.table.Key) == 1 && s.table.Key[0] == s.table.Columns[column].Name {
		return nil
	}
	name := s.table.Columns[column].Name
	var named, others []string
	for _, o := range seen {
		if o == s {
			continue
		}
		for k := range o.columns {
			if !o.key[k] || of.within(&o.columns[k]) < enough {
				continue
			}
			p := o.table.Name + "." + o.table.Columns[k].Name
			switch {
			case alike(name, o.table.Name, o.table.Columns[k].Name):
				named = append(named, p)
			case of.long:
				others = append(others, p)
			}
		}
	}
	points := append(named, others...)
	return points[:min(len(points), maxPoints)]
}

// alike reports whether a column's name speaks of a table or its key.
func alike(column, table, key string) bool {
	c, t, k := bare(column), bare(table), bare(key)
	if c == k && c != "" && c != "id" {
		return true
	}
	return len(c) > 2 && len(t) > 2 && (strings.HasPrefix(t, c) || strings.HasPrefix(c, t))
}

// bare takes the usual additions off a name: tblClient, id_cliente, ClientNo,
// client_id, clients.
func bare(name string) string {
	n := strings.ToLower(name)
	for _, p := range []string{"tbl", "t_", "id_", "fk_", "lkp", "cod_"} {
		n = strings.TrimPrefix(n, p)
	}
	n = strings.Map(func(r rune) rune {
		if r == '_' || r == ' ' || r == '-' || r == '.' {
			return -1
		}
		return r
	}, n)
	if n == "id" {
		return n
	}
	for _, p := range []string{"id", "no", "num", "nr", "code", "key", "s"} {
		n = strings.TrimSuffix(n, p)
	}
	return n
}
