package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// conversation is somebody at the console who has new recovery words on paper:
// they read them off the screen and type those that are asked for.
type conversation struct {
	ts     *testscript.TestScript
	wrong  bool   // types another word, always
	killAt string // kills the program when this file is there
	paper  map[int]string
}

var (
	shownWord = regexp.MustCompile(`^ ?(\d+)  (\S+)$`)
	askedWord = regexp.MustCompile(`^Word (\d+): $`)
)

// talk runs the program with somebody who answers it, and leaves the words that it
// showed in the file "paper", and as they were printed in "numbered-paper":
//
//	talk [-wrong] [-kill FILE] ARGUMENT …
func talk(ts *testscript.TestScript, neg bool, args []string) {
	c := conversation{ts: ts, paper: map[int]string{}}
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		switch args[0] {
		case "-wrong":
			c.wrong = true
		case "-kill":
			c.killAt, args = ts.MkAbs(args[1]), args[1:]
		}
		args = args[1:]
	}
	err := c.run(args)
	if c.killAt == "" && neg != (err != nil) {
		ts.Fatalf("casehub-node %s: %v", strings.Join(args, " "), err)
	}
	if len(c.paper) > 0 {
		var words []string
		for n := 1; n <= len(c.paper); n++ {
			words = append(words, c.paper[n])
		}
		var numbered bytes.Buffer
		printWords(&numbered, words)
		ts.Check(errors.Join(os.WriteFile(ts.MkAbs("paper"), []byte(strings.Join(words, "\n")), 0o600), os.WriteFile(ts.MkAbs("numbered-paper"), numbered.Bytes(), 0o600)))
	}
}

// oneTime writes the one-time password in a file into another one:
//
//	onetime FILE TO
func oneTime(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: onetime FILE TO")
	}
	m := regexp.MustCompile(`one-time password: (\S+)`).FindStringSubmatch(ts.ReadFile(args[0]))
	if m == nil {
		ts.Fatalf("%s has no one-time password", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(m[1]), 0o600))
}

// pages cuts what was printed into the files page-1, page-2, …:
//
//	pages FILE
func pages(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: pages FILE")
	}
	for i, page := range strings.Split(ts.ReadFile(args[0]), "\f") {
		ts.Check(os.WriteFile(ts.MkAbs(fmt.Sprintf("page-%d", i+1)), []byte(page), 0o600))
	}
}

func (c *conversation) run(args []string) error {
	program, err := lookPath("casehub-node", c.ts.Getenv("PATH"))
	c.ts.Check(err)
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = c.ts.MkAbs("."), append(os.Environ(), "PATH="+c.ts.Getenv("PATH"))
	in, err := cmd.StdinPipe()
	c.ts.Check(err)
	out, said := io.Pipe()
	cmd.Stdout = io.MultiWriter(c.ts.Stdout(), said)
	cmd.Stderr = io.MultiWriter(c.ts.Stderr(), said)
	c.ts.Check(cmd.Start())
	listening := make(chan struct{})
	go func() { defer close(listening); c.listen(out, in) }()
	stop := make(chan struct{})
	if c.killAt != "" {
		go c.killWhenThere(cmd.Process, stop)
	}
	err = cmd.Wait()
	close(stop)
	_ = said.Close()
	<-listening
	return err
}

// listen reads words off the screen and answers what is asked. A question has no
// end of line.
func (c *conversation) listen(out io.Reader, in io.Writer) {
	r := bufio.NewReader(out)
	var line bytes.Buffer
	for {
		b, err := r.ReadByte()
		if err != nil {
			return
		}
		if b == '\n' {
			c.read(line.String())
			line.Reset()
			continue
		}
		line.WriteByte(b)
		if m := askedWord.FindStringSubmatch(line.String()); m != nil {
			n, _ := strconv.Atoi(m[1])
			word := c.paper[n]
			if c.wrong {
				word += "x"
			}
			_, _ = io.WriteString(in, word+"\n")
			line.Reset()
		}
	}
}

func (c *conversation) read(line string) {
	if m := shownWord.FindStringSubmatch(line); m != nil {
		n, _ := strconv.Atoi(m[1])
		c.paper[n] = m[2]
	}
}

// killWhenThere ends the program as kill -9 does as soon as a file appears.
func (c *conversation) killWhenThere(p *os.Process, stop chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(time.Millisecond):
		}
		if _, err := os.Stat(c.killAt); err == nil {
			_ = p.Kill()
			return
		}
	}
}

func lookPath(name, path string) (string, error) {
	for _, dir := range filepath.SplitList(path) {
		for _, ending := range []string{"", ".exe"} {
			if p := filepath.Join(dir, name+ending); isFile(p) {
				return p, nil
			}
		}
	}
	return "", errors.New("there is no " + name)
}

func isFile(p string) bool {
	i, err := os.Stat(p)
	return err == nil && !i.IsDir()
}
