package imports

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"

	"casehub/adapters"
)

// hashesOf returns the hash of all values, and eight bytes for each: enough to
// see later which field the office has edited, without keeping the values twice.
func hashesOf(values []string) (all [32]byte, fields []byte) {
	buf := make([]byte, 0, 256)
	fields = make([]byte, 0, 8*len(values))
	for _, v := range values {
		buf = appendText(buf, v)
		fields = binary.BigEndian.AppendUint64(fields, fieldHash(v))
	}
	return sha256.Sum256(buf), fields
}

// fieldHash is FNV-1a of 64 bits.
func fieldHash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// tied are the fields that mean nothing without each other: when the office
// keeps one of its own, it keeps both.
var tied = map[string][][2]string{
	toClient:   {{"birth_date", "birth_precision"}},
	toCase:     {{"closed_on", "outcome"}},
	toRecovery: {{"amount", "currency"}},
}

// threeWay puts fresh values from the source in the place of current ones,
// field by field: what the office left alone since the last import takes the
// fresh value, what it edited stays. Fields that both changed are returned as
// conflicts.
func threeWay(t *target, last []byte, current, fresh []string) (merged []string, conflicts []int) {
	mine := make([]bool, len(current))
	for i := range current {
		mine[i] = fieldHash(current[i]) != lastHash(last, i) && current[i] != fresh[i]
	}
	for _, pair := range tied[t.name] {
		a, b := t.index(pair[0]), t.index(pair[1])
		if mine[a] || mine[b] {
			mine[a], mine[b] = true, true
		}
	}
	merged = make([]string, len(current))
	for i := range current {
		merged[i] = fresh[i]
		if mine[i] {
			merged[i] = current[i]
			if current[i] != fresh[i] && fieldHash(fresh[i]) != lastHash(last, i) {
				conflicts = append(conflicts, i)
			}
		}
	}
	if writers[t.name].check(merged) != nil {
		return current, changedSince(last, current, fresh)
	}
	return merged, conflicts
}

// changedSince lists the fields in which the source has something new.
func changedSince(last []byte, current, fresh []string) []int {
	var all []int
	for i := range fresh {
		if fieldHash(fresh[i]) != lastHash(last, i) && fresh[i] != current[i] {
			all = append(all, i)
		}
	}
	return all
}

// lastHash returns the hash of a field as it was imported last; that of an
// empty field for one that the target did not have then.
func lastHash(last []byte, i int) uint64 {
	if len(last) < 8*(i+1) {
		return fieldHash("")
	}
	return binary.BigEndian.Uint64(last[8*i:])
}

// conflictProblems makes the problems of fields that both sides changed.
func conflictProblems(t *target, fields []int) []problem {
	var all []problem
	for _, i := range fields {
		all = append(all, problem{code: adapters.ConflictLocal, field: t.fields[i].name})
	}
	return all
}

func equalHash(a []byte, b [32]byte) bool { return bytes.Equal(a, b[:]) }
