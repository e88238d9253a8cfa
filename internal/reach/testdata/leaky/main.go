// Command leaky reaches the network in every way that a check could overlook: each
// function whose name begins with "leak" does, none of the others.
package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
)

type opener interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

// leakByType hands on a type that can dial, behind an interface.
func leakByType() opener { return &net.Dialer{} }

func leakDirectly() { _, _ = net.Dial("tcp", "192.0.2.1:443") }

func leakByPage() { _, _ = http.Get("http://192.0.2.1/") }

func leakByName() { _, _ = net.LookupHost("a-name.example") }

func leakByDatagram() { _, _ = net.ListenPacket("udp", ":0") }

func leakInside() {
	done := make(chan bool)
	go func() {
		_, _ = tls.Dial("tcp", "192.0.2.1:443", nil)
		close(done)
	}()
	<-done
}

// leakAsValue returns a method as a value and calls nothing.
func leakAsValue() func(network, address string) (net.Conn, error) {
	d := net.Dialer{}
	return d.Dial
}

func leakByProgram() { _ = exec.Command("true").Run() }

func leakThroughAnother() { leakDirectly() }

// asked uses what it is handed; it reaches nothing by itself.
//
//go:noinline
func asked(o opener) error {
	_, err := o.DialContext(context.Background(), "tcp", "192.0.2.1:443")
	return err
}

//go:noinline
func innocent(words []string) string { return strings.Join(words, " ") }

func main() {
	for name, leak := range map[string]func(){
		"directly": leakDirectly, "page": leakByPage, "name": leakByName, "datagram": leakByDatagram,
		"inside": leakInside, "program": leakByProgram, "another": leakThroughAnother,
	} {
		if innocent(os.Args) == name {
			leak()
		}
	}
	fmt.Println(asked(leakByType()), leakAsValue() == nil)
}
