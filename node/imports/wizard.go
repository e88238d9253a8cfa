package imports

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/internal/actor"
	"casehub/internal/errs"
	"casehub/internal/reference"
	"casehub/internal/sqlite"
	"casehub/internal/text"
	"casehub/node/vault"
)

// A draft is an import that somebody prepares on the pages: a file, what they decided,
// and the mapping that is made of both. The mapping is of the language of mapping
// files and read by ParseMapping like any other; there is no second way in.
//
// Operations on drafts are in this file; what a source shows is in wizard_look.go,
// what columns and words may mean in wizard_guess.go, the mapping that is made in
// wizard_mapping.go, sealed files in uploads.go, SQL in sql_wizard.go, and pages in
// http_wizard*.go.

// Errors of drafts.
var (
	// ErrNoDraft reports a draft that is not there, or is somebody else's.
	ErrNoDraft = errs.New(errs.NotFound, "wizard.no-draft")
	// ErrDraftChanged reports a draft that was saved since it was read.
	ErrDraftChanged = errs.New(errs.Conflict, "wizard.changed")
	// ErrManyDrafts reports somebody with too many drafts: most.
	ErrManyDrafts = errs.New(errs.Invalid, "wizard.many-drafts")
	// ErrKind reports a type of source that is not offered.
	ErrKind = errs.New(errs.NotFound, "wizard.no-kind")
	// ErrDraftText reports a mapping that does not hold: line, column, text.
	ErrDraftText = errs.New(errs.Invalid, "wizard.text-wrong").On("text")
	// ErrUndecided reports a draft in which something is still to be decided: open.
	ErrUndecided = errs.New(errs.Invalid, "wizard.undecided")
)

// Step is one page of the way from a file to an import.
type Step string

// The steps, in their order. A draft has either columns and codes, or a mapping that
// is written by hand.
const (
	StepPreview Step = "preview"
	StepColumns Step = "columns"
	StepCodes   Step = "codes"
	StepMapping Step = "mapping"
	StepTry     Step = "try"
)

// Preparation is an import that somebody prepares. Title and Choices are personal data.
type Preparation struct {
	ID    string
	Kind  string // type of the source
	Step  Step   // the one that was reached
	Title string // name of the file as its sender calls it
	Size  int64  // bytes of the file, 0 without one
	// Choices are what was decided by pointing.
	Choices Choices
	// Text is a mapping that is shipped or was written by hand; "" where it is made of
	// the choices.
	Text string
	// Job is the last run that was started from the draft, 0 before.
	Job       JobID
	CreatedAt time.Time
	UsedAt    time.Time
	Version   int // 1 is the first

	owner string
	file  vault.FileID
}

// Pointed reports whether the mapping is made by pointing.
func (d Preparation) Pointed() bool { return d.Text == "" }

// Steps returns the steps that the draft goes through.
func (d Preparation) Steps() []Step {
	switch {
	case d.Pointed():
		return []Step{StepPreview, StepColumns, StepCodes, StepTry}
	case d.file == "":
		return []Step{StepMapping, StepPreview, StepTry}
	}
	return []Step{StepPreview, StepMapping, StepTry}
}

// next returns the step after another.
func (d Preparation) next(s Step) Step {
	steps := d.Steps()
	if i := slices.Index(steps, s); i >= 0 && i+1 < len(steps) {
		return steps[i+1]
	}
	return s
}

// Wizard prepares imports for people on pages. Every operation asks whether the person
// may import, and knows no drafts but their own.
type Wizard struct {
	svc     *Service
	uploads *Uploads
	open    Opener
	seen    *seen
}

// NewWizard makes the wizard of a service.
func NewWizard(svc *Service, uploads *Uploads, open Opener) *Wizard {
	return &Wizard{svc: svc, uploads: uploads, open: open, seen: newSeen()}
}

func (z *Wizard) may(ctx context.Context, who actor.Actor) error {
	return z.svc.gate.May(ctx, who, "imports.run")
}

// Start makes a draft of a file and returns it. Start is the name of a shipped
// mapping to begin with, "" for none. It fails with ErrKind, ErrUploadEmpty,
// ErrManyDrafts, and with what reading r fails with.
func (z *Wizard) Start(ctx context.Context, who actor.Actor, kind, start, name string, r io.Reader) (Preparation, error) {
	d, err := z.begin(ctx, who, kind, start)
	if err != nil {
		return Preparation{}, err
	}
	d.Title = titleOf(name, kind)
	defer z.uploads.begin(d.ID)()
	if d.file, d.Size, err = z.uploads.add(ctx, d.ID, r); err != nil {
		return Preparation{}, err
	}
	if err := insertDraft(ctx, z.svc.db, d); err != nil {
		return Preparation{}, errors.Join(fmt.Errorf("keeping the draft of an import: %w", err), z.uploads.forget(context.WithoutCancel(ctx), d))
	}
	return d, nil
}

// StartLive makes a draft for a source that is read over the network, with the text of
// its mapping.
func (z *Wizard) StartLive(ctx context.Context, who actor.Actor, kind, mapping string) (Preparation, error) {
	d, err := z.begin(ctx, who, kind, "")
	if err != nil {
		return Preparation{}, err
	}
	d.Title, d.Text, d.Step = kind, mapping, StepMapping
	if _, err := z.svc.parse(d.Text, kind); err != nil {
		return d, err
	}
	if err := insertDraft(ctx, z.svc.db, d); err != nil {
		return Preparation{}, fmt.Errorf("keeping the draft of an import: %w", err)
	}
	return d, nil
}

// begin checks that somebody may begin a draft.
func (z *Wizard) begin(ctx context.Context, who actor.Actor, kind, start string) (Preparation, error) {
	if err := z.may(ctx, who); err != nil {
		return Preparation{}, err
	}
	if kindNamed(kind) == nil {
		return Preparation{}, ErrKind
	}
	all, err := draftsOf(ctx, z.svc.db, who.ID)
	if err != nil {
		return Preparation{}, err
	}
	if len(all) >= mostDrafts {
		return Preparation{}, ErrManyDrafts.With("most", mostDrafts)
	}
	now := sqlite.Stamp(z.svc.now())
	d := Preparation{ID: reference.NewID(), owner: who.ID, Kind: kind, Step: StepPreview, CreatedAt: now, UsedAt: now, Version: 1}
	if start != "" {
		b, ok := Shipped(start)
		if !ok || !slices.ContainsFunc(StartsFor(kind), func(s Starting) bool { return s.Name == start }) {
			return Preparation{}, ErrKind
		}
		d.Text = string(b)
	}
	return d, nil
}

// titleOf returns what a file is called, or its kind where it has no name.
func titleOf(name, kind string) string {
	name = text.Clean(name)
	if text.Line("file", name, 200) != nil {
		name = ""
	}
	return cmp.Or(name, kind)
}

// Draft returns a draft of a person. It fails with ErrNoDraft, also for that of
// somebody else.
func (z *Wizard) Draft(ctx context.Context, who actor.Actor, id string) (Preparation, error) {
	if err := z.may(ctx, who); err != nil {
		return Preparation{}, err
	}
	return draftOf(ctx, z.svc.db, id, who.ID)
}

// Drafts lists the drafts of a person, those used last first.
func (z *Wizard) Drafts(ctx context.Context, who actor.Actor) ([]Preparation, error) {
	if err := z.may(ctx, who); err != nil {
		return nil, err
	}
	return draftsOf(ctx, z.svc.db, who.ID)
}

// save keeps a draft that its owner changed at a step, which leads on to the next one.
// It fails with ErrDraftChanged.
func (z *Wizard) save(ctx context.Context, d Preparation, at Step) (Preparation, error) {
	return z.saveIn(ctx, z.svc.db, d, at)
}

// saveIn is save as a part of a transaction.
func (z *Wizard) saveIn(ctx context.Context, q sqlite.Querier, d Preparation, at Step) (Preparation, error) {
	d.Step, d.UsedAt = at, sqlite.Stamp(z.svc.now())
	if err := updateDraft(ctx, q, d); err != nil {
		return d, err
	}
	d.Version++
	return d, nil
}

// Replace puts another file in the place of a draft's.
func (z *Wizard) Replace(ctx context.Context, who actor.Actor, id, name string, r io.Reader) error {
	d, err := z.Draft(ctx, who, id)
	if err != nil {
		return err
	}
	if kindNamed(d.Kind).Live {
		return ErrKind
	}
	file, size, err := z.uploads.add(ctx, d.ID, r)
	if err != nil {
		return err
	}
	old := d.file
	d.file, d.Size, d.Title = file, size, titleOf(name, d.Kind)
	if _, err := z.save(ctx, d, StepPreview); err != nil {
		return errors.Join(err, z.uploads.files.Remove(file))
	}
	z.seen.forget(d.ID)
	if old == "" {
		return nil
	}
	return z.uploads.files.Remove(old)
}

// Discard throws a draft away, and the key of its file first.
func (z *Wizard) Discard(ctx context.Context, who actor.Actor, id string) error {
	d, err := z.Draft(ctx, who, id)
	if err != nil {
		return err
	}
	return z.discard(ctx, d)
}

// discard ends a file before its draft: a program that dies in between leaves a draft
// without a file, which goes like any other, and no file that somebody could read.
func (z *Wizard) discard(ctx context.Context, d Preparation) error {
	z.seen.forget(d.ID)
	if err := z.uploads.forget(ctx, d); err != nil {
		return err
	}
	if err := deleteDraft(ctx, z.svc.db, d.ID, d.owner); err != nil {
		return fmt.Errorf("throwing a draft away: %w", err)
	}
	return nil
}

// Times after which what nobody uses is thrown away.
const (
	draftLasts  = 30 * 24 * time.Hour
	uploadStale = 24 * time.Hour // a file that no draft names
)

// Tidy throws away the drafts that nobody has used for 30 days, and files and keys
// without one.
func (z *Wizard) Tidy(ctx context.Context) error {
	now := z.svc.now()
	old, err := oldDrafts(ctx, z.svc.db, now.Add(-draftLasts))
	if err != nil {
		return err
	}
	for _, d := range old {
		if err := z.discard(ctx, d); err != nil {
			return err
		}
	}
	if err := z.destroyKeys(ctx); err != nil {
		return err
	}
	named, err := sealedFiles(ctx, z.svc.db)
	if err != nil {
		return err
	}
	return z.uploads.sweep(named, time.Now().Add(-uploadStale)) // files have the computer's own time
}

// destroyKeys destroys the keys of what is no draft, nor about to be one.
func (z *Wizard) destroyKeys(ctx context.Context) error {
	kept, err := z.uploads.leftovers(ctx)
	if err != nil {
		return err
	}
	for _, id := range kept {
		_, err := draftNamed(ctx, z.svc.db, id)
		if errors.Is(err, ErrNoDraft) {
			err = z.uploads.keys.Destroy(ctx, sealedUnder(id))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Mapping returns the text of a draft's mapping, as the command line reads it. It
// fails with ErrUndecided while something is open, and with ErrDraftText.
func (z *Wizard) Mapping(d Preparation) ([]byte, *Mapping, error) {
	b := []byte(d.Text)
	if d.Pointed() {
		if open := d.Choices.open(); len(open) > 0 {
			return nil, nil, ErrUndecided.With("open", len(open))
		}
		b = d.Choices.yaml(d)
	}
	m, err := z.svc.parse(string(b), d.Kind)
	return b, m, err
}

// parse reads a mapping for a type of source.
func (s *Service) parse(written, kind string) (*Mapping, error) {
	m, err := ParseMapping([]byte(written), s.reg)
	var at *MappingError
	if errors.As(err, &at) {
		return nil, ErrDraftText.With("line", at.Line).With("column", at.Column).With("text", at.Text)
	}
	if err == nil && m.SourceType != kind {
		return nil, ErrDraftText.With("line", 1).With("column", 1).With("text", fmt.Sprintf("source: type must be %q here", kind))
	}
	return m, err
}

// instanceLine is where a mapping names its instance.
var instanceLine = regexp.MustCompile(`(?m)^instance:.*$`)

// withInstance returns the text of a mapping with another instance.
func withInstance(mapping, instance string) string {
	return instanceLine.ReplaceAllString(mapping, "instance: "+instance)
}

// Open opens the source of a draft by a mapping. The caller closes it, where it has
// something to close.
func (z *Wizard) Open(ctx context.Context, d Preparation, m *Mapping) (adapters.Source, error) {
	if z.open == nil {
		return nil, ErrSource.With("type", d.Kind).With("types", "")
	}
	at := place.Place{}
	if d.file != "" {
		at = z.uploads.place(ctx, d)
	} else if !kindNamed(d.Kind).Live {
		return nil, ErrUploadGone
	}
	return z.open(ctx, m, at)
}

// Source opens what a job reads: the file of a draft, or where that is "" the live
// source of a mapping. It fails with ErrNoOriginal for the draft of somebody else. Whether
// they may import was asked before.
func (z *Wizard) Source(ctx context.Context, who actor.Actor, m *Mapping, draft string) (adapters.Source, error) {
	if z.open == nil {
		return nil, ErrSource.With("type", m.SourceType).With("types", "")
	}
	if draft == "" {
		return z.open(ctx, m, place.Place{})
	}
	d, err := draftNamed(ctx, z.svc.db, draft)
	if errors.Is(err, ErrNoDraft) || err == nil && d.file == "" {
		return nil, ErrUploadGone
	}
	if err != nil {
		return nil, err
	}
	if d.owner != who.ID {
		return nil, ErrNoOriginal
	}
	return z.open(ctx, m, z.uploads.place(ctx, d))
}

// instanceOf makes a short name of a source out of that of a file.
func instanceOf(title string) string {
	if i := strings.LastIndexByte(title, '.'); i > 0 {
		title = title[:i]
	}
	return draftName(title)
}
