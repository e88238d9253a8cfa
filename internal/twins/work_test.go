package twins

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/node/cases"
	"casehub/node/clients"
	"casehub/node/complaints"
	"casehub/node/consents"
	"casehub/node/people"
	"casehub/node/retention"
)

// work is what people do in a month that counts nowhere, by the services that they
// use: files and notes, consents, answers of institutions, erasures. How much of it
// there is follows from the world.
func (o *office) work(ctx context.Context, m int) error {
	if m == 0 {
		if err := o.node.Retention.SetRule(ctx, o.director, 0, 1); err != nil {
			return err
		}
	}
	if o.backups && m == o.play.months-3 {
		if err := o.backUp(ctx); err != nil {
			return err
		}
	}
	steps := []func(context.Context, int) error{o.document, o.notes, o.consent, o.answers, o.erase}
	for _, step := range steps {
		if err := step(ctx, m); err != nil {
			return err
		}
	}
	if m == o.play.months-1 && o.seed%8 == 0 { // a password takes half a second
		return o.browse(ctx)
	}
	return nil
}

// backUp has backups made from now on beside the node's folder.
func (o *office) backUp(ctx context.Context) error {
	folder := o.folder + "-backups"
	if err := errors.Join(os.RemoveAll(folder), os.Mkdir(folder, 0o700)); err != nil {
		return err
	}
	_, err := o.node.Backups.AddFolder(ctx, o.director, folder)
	return err
}

// drawn is a record of a measure that was captured in a month, or -1.
func (o *office) drawn(set uint32, m int) int {
	for _, i := range o.Perm(len(o.records)) {
		if r := o.records[i]; r.set == set && r.turn == m && !r.gone {
			return i
		}
	}
	return -1
}

func (o *office) document(ctx context.Context, m int) error {
	i := o.drawn(codelist.CasesOpened, m)
	if i < 0 {
		return nil
	}
	_, err := o.node.Documents.Add(ctx, o.director, cases.ID(o.recordIDs[i]), o.text()+".txt", strings.NewReader(o.text()))
	return err
}

func (o *office) notes(ctx context.Context, m int) error {
	i := o.drawn(codelist.CasesOpened, m)
	if i < 0 {
		return nil
	}
	for range o.IntN(3) {
		c, _, err := o.node.Clients.ByID(ctx, o.director, clients.ID(o.humanIDs[o.records[i].human]))
		if err != nil {
			return err
		}
		c.Notes = o.text()
		if err := o.node.Clients.Update(ctx, o.director, c); err != nil {
			return err
		}
	}
	return nil
}

func (o *office) consent(ctx context.Context, m int) error {
	i := o.drawn(codelist.CasesOpened, m)
	if i < 0 || !o.chance(0.7) {
		return nil
	}
	client := clients.ID(o.humanIDs[o.records[i].human])
	if o.days[i] < o.answered[client] {
		return nil // who answered later has answered already
	}
	o.answered[client] = o.days[i]
	_, err := o.node.Consents.Record(ctx, o.director, consents.Consent{
		ClientID: client, Purpose: pick(o.world, consents.Purposes()...), Answer: consents.Given,
		AnsweredOn: o.days[i], Manner: consents.Guardian, Guardian: o.text(), Note: o.text(),
	})
	return err
}

func (o *office) answers(ctx context.Context, m int) error {
	i := o.drawn(codelist.Complaints, m)
	if i < 0 {
		return nil
	}
	c, err := o.node.Complaints.ByID(ctx, o.director, complaints.ID(o.recordIDs[i]))
	if err != nil {
		return err
	}
	c.Progress, c.Outcome, c.AnsweredOn, c.Note = "answered", pick(o.world, complaints.Outcomes()[1:]...), o.days[i], o.text()
	return o.node.Complaints.Update(ctx, o.director, c)
}

// erase has those clients erased for whom it is time.
func (o *office) erase(ctx context.Context, m int) error {
	for i, h := range o.humans {
		if h.erased != m || m == 0 {
			continue
		}
		r, err := o.node.Retention.Ask(ctx, o.director, retention.Request{ClientID: o.humanIDs[i], AskedOn: o.between(o.first.Add(m).First(), civil.On(o.at)), Note: o.text()})
		if err == nil {
			err = o.node.Retention.Approve(ctx, o.approver, r.ID)
		}
		if err != nil {
			return fmt.Errorf("erasing: %w", err)
		}
	}
	return nil
}

// browse opens pages, with and without being signed in, and asks for what is not
// there: what the pages log must not follow from it.
func (o *office) browse(ctx context.Context) error {
	login := strings.ToLower(o.word(99))
	token, _, err := o.node.People.SignIn(ctx, people.Try{Login: login, Password: password, From: people.From{Source: "127.0.0.1"}})
	if err != nil {
		return err
	}
	_, _, _ = o.node.People.SignIn(ctx, people.Try{Login: login, Password: o.text(), From: people.From{Source: "127.0.0.1"}})
	last := len(o.records) - 1
	for _, path := range []string{
		"/", "/clients?q=" + o.word(7), "/clients/" + o.humanIDs[0], "/cases/" + o.recordIDs[0], "/cases/" + o.recordIDs[last], "/clients/" + o.word(8), "/" + o.word(9),
		"/releases", "/clients?page=" + o.word(3),
	} {
		for _, cookie := range []string{"", token} {
			for _, method := range []string{"GET", "POST"} {
				r := httptest.NewRequest(method, "http://localhost"+path, nil)
				r.RemoteAddr = "127.0.0.1:5000"
				if cookie != "" {
					r.AddCookie(&http.Cookie{Name: "casehub_session", Value: cookie})
				}
				o.pages.ServeHTTP(httptest.NewRecorder(), r)
			}
		}
	}
	return nil
}
