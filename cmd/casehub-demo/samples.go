package main

import (
	"context"
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"casehub/adapters/place"
	"casehub/adapters/spreadsheet"
	"casehub/internal/actor"
	"casehub/internal/codelist"
	"casehub/node/imports"
)

// sampleFiles are small files as legacy systems and paper registers leave them,
// with the mapping of each. Everybody in them is invented.
//
//go:embed samples/*
var sampleFiles embed.FS

// sample says which office brings which file with it.
type sample struct {
	office        int // place among the profiles
	file, mapping string
}

var samples = []sample{
	{2, "walk-in-register.csv", "walk-in-register.yaml"},
	{3, "casebook.xlsx", "casebook.yaml"},
	{4, "consultas.txt", "consultas.yaml"},
}

// importSamples brings the legacy files into their offices, through the same
// adapter and mappings as `casehub-node import`, and tells what became of every
// row.
func (d *demo) importSamples(ctx context.Context) (Counts, error) {
	var total Counts
	for _, s := range samples {
		o := d.offices[s.office]
		report, err := d.importSample(ctx, o, s)
		if err != nil {
			return total, fmt.Errorf("importing %s: %w", s.file, err)
		}
		fmt.Fprintf(d.out, "  %s into %s\n", s.file, o.profile.Name)
		for _, r := range report.Streams {
			skipped := int64(0)
			for _, n := range r.Skipped {
				skipped += n
			}
			fmt.Fprintf(d.out, "    %-10s %4d read = %d created + %d updated + %d unchanged + %d skipped + %d quarantined\n",
				r.Stream, r.Read, r.Created, r.Updated, r.Unchanged, skipped, r.Quarantined)
			total.Add(created(r))
		}
		closed, err := closedCases(ctx, o)
		if err != nil {
			return total, err
		}
		total.Beside[codelist.CasesClosed] += closed
	}
	return total, nil
}

// closedCases counts the cases of an office that are closed: a report of an import
// says how many cases it made and not what they are. An office imports one sample.
func closedCases(ctx context.Context, o *office) (n int, err error) {
	err = o.node.DB.QueryRow(ctx, `SELECT count(*) FROM cases WHERE closed_on IS NOT NULL`, nil).Scan(&n)
	return n, err
}

func (d *demo) importSample(ctx context.Context, o *office, s sample) (imports.Report, error) {
	text, err := sampleFiles.ReadFile("samples/" + s.mapping)
	if err != nil {
		return imports.Report{}, err
	}
	m, err := imports.ParseMapping(text, d.reg)
	if err != nil {
		return imports.Report{}, err
	}
	path, err := d.unpack(s.file)
	if err != nil {
		return imports.Report{}, err
	}
	var settings spreadsheet.Settings
	if err := m.DecodeSource(&settings); err != nil {
		return imports.Report{}, err
	}
	src, err := spreadsheet.Open(place.On(path), settings)
	if err != nil {
		return imports.Report{}, err
	}
	people, err := o.node.People.People(ctx)
	if err != nil {
		return imports.Report{}, err
	}
	who := actor.Actor{Kind: actor.Import, ID: string(people[0].ID)}
	return imports.NewService(o.node.DB, d.reg, o.node.Access, time.Now).Run(ctx, who, m, src, imports.Options{Name: s.file})
}

// unpack writes a sample to the demonstration's folder: sources read files.
func (d *demo) unpack(name string) (string, error) {
	b, err := sampleFiles.ReadFile("samples/" + name)
	if err != nil {
		return "", err
	}
	path := filepath.Join(d.dir, name)
	return path, os.WriteFile(path, b, 0o600)
}

// created counts what a stream brought in.
func created(r imports.StreamReport) Counts {
	n := int(r.Created)
	switch r.To {
	case "client":
		return Counts{Clients: n}
	case "case":
		return Counts{Cases: n}
	case "referral":
		return Counts{Referrals: n}
	case "recovery":
		return Counts{Recoveries: n}
	}
	return Counts{}
}
