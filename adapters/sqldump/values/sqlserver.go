package values

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

// binaryTime reads the bytes that SQL Server's scripts write for days and times;
// false for other types.
func binaryTime(b []byte, as string) (string, bool) {
	base, _, _ := strings.Cut(as, "(")
	base, _, _ = strings.Cut(base, " ")
	switch base {
	case "datetime":
		if len(b) != 8 { // days since 1900 and 1/300 seconds
			return "", false
		}
		days, ticks := int32(binary.BigEndian.Uint32(b)), binary.BigEndian.Uint32(b[4:])
		if ticks >= 24*3600*300 {
			return "", false
		}
		at := since1900(int(days)).Add(time.Duration(ticks) * time.Second / 300).Round(time.Millisecond)
		return stamp(at), true
	case "smalldatetime":
		if len(b) != 4 { // days since 1900 and minutes
			return "", false
		}
		at := since1900(int(binary.BigEndian.Uint16(b))).Add(time.Duration(binary.BigEndian.Uint16(b[2:])) * time.Minute)
		return stamp(at), true
	case "date":
		if len(b) < 3 {
			return "", false
		}
		return since1(b[:3]).Format(time.DateOnly), true
	case "datetime2", "datetimeoffset":
		return datetime2(b, base == "datetimeoffset")
	case "time":
		if len(b) < 4 {
			return "", false
		}
		at, ok := fraction(b[0], b[1:min(len(b), 6)])
		return time.Time{}.Add(at).Format("15:04:05"), ok
	}
	return "", false
}

// datetime2 reads one byte of precision, the time, the day and the minutes from
// Greenwich.
func datetime2(b []byte, zone bool) (string, bool) {
	tail := 3
	if zone {
		tail = 5
	}
	if len(b) < tail+4 {
		return "", false
	}
	of, ok := fraction(b[0], b[1:len(b)-tail])
	if !ok {
		return "", false
	}
	day := b[len(b)-tail:]
	at := since1(day[:3]).Add(of)
	if !zone {
		return stamp(at), true
	}
	minutes := int(int16(binary.LittleEndian.Uint16(day[3:])))
	return at.In(time.FixedZone("", minutes*60)).Format("2006-01-02T15:04:05Z07:00"), true
}

// fraction reads a time of day: little-endian, in units of 10^-precision seconds.
func fraction(precision byte, b []byte) (time.Duration, bool) {
	if precision > 7 || len(b) > 7 {
		return 0, false
	}
	var v int64
	for i := len(b) - 1; i >= 0; i-- {
		v = v<<8 | int64(b[i])
	}
	unit := int64(time.Second)
	for range precision {
		unit /= 10
	}
	if unit <= 0 || v > int64(24*time.Hour)/unit {
		return 0, false
	}
	return time.Duration(v * unit), true
}

func since1900(days int) time.Time { return time.Date(1900, 1, 1+days, 0, 0, 0, 0, time.UTC) }

func since1(b []byte) time.Time {
	days := int(b[0]) | int(b[1])<<8 | int(b[2])<<16
	return time.Date(1, 1, 1+days, 0, 0, 0, 0, time.UTC)
}

func stamp(t time.Time) string {
	if t.Nanosecond() == 0 {
		return t.Format("2006-01-02T15:04:05")
	}
	return fmt.Sprintf("%s.%03d", t.Format("2006-01-02T15:04:05"), t.Nanosecond()/1e6)
}
