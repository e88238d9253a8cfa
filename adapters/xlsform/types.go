package xlsform

import (
	"regexp"
	"strings"
)

// numeric are the types whose answers are numbers.
var numeric = map[string]bool{"integer": true, "decimal": true, "range": true}

// synonyms are older words for types.
var synonyms = map[string]string{
	"string": "text", "phone_number": "text", "phonenumber_text": "text", "int": "integer", "float": "decimal", "gps": "geopoint", "location": "geopoint",
	"photo": "image", "picture": "image", "add_image_prompt": "image", "add_audio_prompt": "audio", "add_video_prompt": "video", "add_file_prompt": "file",
	"datetime": "datetime", "date_time": "datetime", "add_date_prompt": "date", "add_text_prompt": "text", "add_integer_prompt": "integer",
	"add_note_prompt": "note", "calculation": "calculate", "trigger": "acknowledge", "acknowledgement": "acknowledge", "q_string": "text",
	"begin_looped_group": "begin_repeat", "end_looped_group": "end_repeat", "begin_table": "begin_group", "end_table": "end_group",
	"select_one_external": "select_one", "uri:deviceid": "deviceid", "device_id": "deviceid", "imei": "deviceid", "start_time": "start", "end_time": "end",
	"username": "username",
}

var (
	beginEnd = regexp.MustCompile(`(?i)^(begin|end)[\s_]+(group|repeat|loop|table|looped\s+group|score|rank|kobomatrix)\b\s*(?:over\s+)?(.*)$`)
	selects  = regexp.MustCompile(`(?i)^(select[\s_]+one[\s_]+from[\s_]+file|select[\s_]+multiple[\s_]+from[\s_]+file|select[\s_]+one[\s_]+external|select[\s_]+one|select[\s_]+1|select[\s_]+multiple|select[\s_]+all[\s_]+that[\s_]+apply|add[\s_]+select[\s_]+one[\s_]+prompt[\s_]+using|add[\s_]+select[\s_]+multiple[\s_]+prompt[\s_]+using|select|rank)\b\s*(?:from\s+|using\s+)?(.*)$`)
	orOther  = regexp.MustCompile(`(?i)[\s_]+or[\s_]+(?:specify[\s_]+)?other$`)
	blanks   = regexp.MustCompile(`[\s]+`)
)

// splitType reads the words of a type column: the type in one spelling, the list of
// choices, and whether another answer may be written in.
func splitType(s string) (kind, list string, other bool) {
	s = strings.TrimSpace(blanks.ReplaceAllString(s, " "))
	if m := beginEnd.FindStringSubmatch(s); m != nil {
		kind = strings.ToLower(m[1] + "_" + strings.ReplaceAll(m[2], " ", "_"))
		if as, ok := synonyms[kind]; ok {
			kind = as
		}
		return kind, strings.TrimSpace(m[3]), false
	}
	if m := selects.FindStringSubmatch(s); m != nil {
		rest := " " + m[2]
		if at := orOther.FindStringIndex(rest); at != nil {
			rest, other = rest[:at[0]], true
		}
		word := strings.ToLower(strings.ReplaceAll(m[1], " ", "_"))
		switch {
		case word == "rank":
			kind = "rank"
		case strings.Contains(word, "multiple") || strings.Contains(word, "all"):
			kind = "select_multiple"
		default:
			kind = "select_one"
		}
		return kind, strings.TrimSpace(rest), other
	}
	kind = strings.ToLower(strings.ReplaceAll(s, " ", "_"))
	if as, ok := synonyms[kind]; ok {
		kind = as
	}
	return kind, "", false
}

var (
	aNumber = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$`)
	aDay    = regexp.MustCompile(`^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$`)
)

func isNumber(s string) bool { return aNumber.MatchString(s) }

func isDay(s string) bool { return aDay.MatchString(s) }
