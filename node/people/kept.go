package people

import (
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
)

// Bounds of what is kept: a form of a person at a time, of so many people, of so
// many bytes.
const (
	mostKept     = 100
	mostKeptSize = 1 << 20
)

// keptForm is a form that came when its session had locked or ended.
type keptForm struct {
	Path   string
	Values url.Values
}

// LogValue lets a log show that there is a form and nothing of it.
func (keptForm) LogValue() slog.Value { return slog.StringValue("form(hidden)") }

// Format hides what was typed, whatever the verb.
func (keptForm) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("form(hidden)")) }

// kept holds forms until their authors are back, in memory alone: what somebody
// wrote about a client is laid down in the database or nowhere.
type kept struct {
	mu    sync.Mutex
	forms map[ID]keptForm
}

func newKept() *kept { return &kept{forms: map[ID]keptForm{}} }

// casework reports whether a form is about a client or a case. Others are short,
// and may hold a password or recovery words. And whoever sits at a computer that
// locked could leave one for its owner to send: a position, a wall, a case given
// away or stepped back from.
func casework(path string) bool {
	area, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	_, what, _ := strings.Cut(rest, "/")
	switch area {
	case "cases":
		return what != "walls" && what != "assign" && what != "conflict"
	case "clients":
		return what != "erasure" && what != "own-data"
	case "referrals", "recoveries", "documents":
		return true
	}
	return false
}

// keep holds a form for its author in the place of an earlier one, unless it is a
// mere button, or no casework. It reports whether it did.
func (k *kept) keep(id ID, path string, values url.Values) bool {
	size, own := 0, url.Values{}
	for name, list := range values {
		if name == formTokenField {
			continue
		}
		own[name] = list
		if name == "back" {
			continue
		}
		for _, v := range list {
			size += len(strings.TrimSpace(v))
		}
	}
	if size == 0 || size > mostKeptSize || !casework(path) {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for other := range k.forms {
		if len(k.forms) < mostKept {
			break
		}
		delete(k.forms, other)
	}
	k.forms[id] = keptForm{path, own}
	return true
}

func (k *kept) of(id ID) (keptForm, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	f, ok := k.forms[id]
	return f, ok
}

func (k *kept) drop(id ID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.forms, id)
}

// formTokenField is the field of web's form token, which is of the page that a
// form came from.
const formTokenField = "form_token"
