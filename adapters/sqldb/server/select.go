package server

import "strings"

// SingleSelect reports whether a query is one SELECT that writes nothing: no
// comment, no second statement, no INTO.
func SingleSelect(query string) bool {
	var words []string
	for i := 0; i < len(query); {
		c := query[i]
		switch {
		case c == '\'' || c == '"' || c == '`' || c == '[':
			end := c
			if c == '[' {
				end = ']'
			}
			n := strings.IndexByte(query[i+1:], end)
			if n < 0 || strings.Contains(query[i+1:i+1+n], `\`) {
				return false
			}
			i += n + 2
		case c == ';' || c == '#' || c == 0 || strings.HasPrefix(query[i:], "--") || strings.HasPrefix(query[i:], "/*") || c == '$' && strings.Contains(query[i+1:], "$"):
			return false
		case c == '_' || c == '@' || c|0x20 >= 'a' && c|0x20 <= 'z':
			n := i
			for n < len(query) && (query[n] == '_' || query[n] == '@' || query[n]|0x20 >= 'a' && query[n]|0x20 <= 'z' || query[n] >= '0' && query[n] <= '9') {
				n++
			}
			words = append(words, strings.ToUpper(query[i:n]))
			i = n
		default:
			i++
		}
	}
	if len(words) == 0 || words[0] != "SELECT" && words[0] != "WITH" {
		return false
	}
	for _, w := range words {
		switch w {
		case "INTO", "INSERT", "UPDATE", "DELETE", "MERGE", "DROP", "ALTER", "CREATE", "TRUNCATE", "GRANT", "REVOKE", "EXEC", "EXECUTE", "CALL", "LOCK", "OUTFILE", "DUMPFILE",
			"OPENROWSET", "OPENQUERY", "OPENDATASOURCE", "LOAD_FILE", "DBLINK", "DBLINK_EXEC", "PG_READ_FILE", "PG_READ_BINARY_FILE", "SLEEP", "PG_SLEEP", "BENCHMARK", "NEXTVAL", "SETVAL", "LO_IMPORT", "LO_EXPORT":
			return false
		}
	}
	return true
}
