package twins

import (
	"google.golang.org/grpc/metadata"
)

// message is one message to the broker.
type message struct {
	line, header string
	data         []byte
}

// leak is something that a node must not do, done by the harness in its place: each
// function that is set changes what came out, with the whole office at hand. The
// zero leak changes nothing.
type leak struct {
	name string
	// turn is called at the end of each month, before the metrics are read.
	turn func(o *office)
	// sent changes the messages to the broker.
	sent func(o *office, m message) []message
	// called changes the headers of a call.
	called func(o *office, md metadata.MD) metadata.MD
	// measured changes the page of the metrics.
	measured func(o *office, page string) string
}

func (l leak) message(o *office, m message) []message {
	if l.sent == nil {
		return []message{m}
	}
	return l.sent(o, m)
}

func (l leak) metadata(o *office, md metadata.MD) metadata.MD {
	if l.called == nil {
		return md
	}
	return l.called(o, md)
}

func (l leak) metrics(o *office, page string) string {
	if l.measured == nil {
		return page
	}
	return l.measured(o, page)
}
