package hub

import (
	"errors"
	"testing"
)

func TestPagesStayOnTheLoopback(t *testing.T) {
	for listen, want := range map[string]error{
		"127.0.0.1:0": nil, "localhost:8470": nil, "[::1]:8470": nil,
		"0.0.0.0:8470": errNotLoopback, ":8470": errNotLoopback, "192.0.2.2:8470": errNotLoopback, "hub.example:8470": errNotLoopback,
		"8470": errAddress,
	} {
		if _, err := (Config{Listen: listen}).fill(); !errors.Is(err, want) {
			t.Errorf("listen = %q: %v, want %v", listen, err, want)
		}
	}
}

func TestNodesAreToldANameTheyCanReach(t *testing.T) {
	for _, c := range []struct {
		hosts      []string
		addr, want string
	}{
		{nil, "127.0.0.1:8471", "127.0.0.1:8471"},
		{[]string{"hub.example"}, "0.0.0.0:8471", "hub.example:8471"},
		{[]string{"hub.example"}, ":8471", "hub.example:8471"},
		{[]string{"hub.example"}, "10.0.0.7:8471", "10.0.0.7:8471"},
	} {
		f := filled{Config: Config{Hosts: c.hosts}}
		if got := f.reached(c.addr); got != c.want {
			t.Errorf("%v at %s: %s, want %s", c.hosts, c.addr, got, c.want)
		}
	}
}
