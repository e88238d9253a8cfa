// Package node is one organisation's node: its case management and the gate
// through which its monthly aggregates leave. This package alone puts the areas
// together; config.go has the settings, create.go and open.go how a node begins
// and opens, host.go how it is served sealed or open, schedule.go what it does by
// itself, pages.go its web pages, metrics.go its metrics.
package node

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"time"
	_ "time/tzdata" // Windows has no zone files

	"casehub/internal/civil"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node/access"
	"casehub/node/backup"
	"casehub/node/cases"
	"casehub/node/clients"
	"casehub/node/complaints"
	"casehub/node/consents"
	"casehub/node/consultations"
	"casehub/node/documents"
	"casehub/node/egress"
	"casehub/node/events"
	"casehub/node/finance"
	"casehub/node/imports"
	"casehub/node/keys"
	"casehub/node/ledger"
	"casehub/node/people"
	"casehub/node/quality"
	"casehub/node/referrals"
	"casehub/node/retention"
	"casehub/node/surveys"
	"casehub/node/turnaways"
	"casehub/node/vault"
	"casehub/policy"
)

// Node is an open node. Its areas are safe for use by many goroutines.
type Node struct {
	DB            *sqlite.DB
	Vault         *vault.Vault
	Registry      *codelist.Registry
	People        *people.Service
	Access        *access.Gate
	Walls         *access.Service
	Keys          *keys.Service
	Clients       *clients.Service
	Cases         *cases.Service
	Consultations *consultations.Service
	TurnAways     *turnaways.Service
	Complaints    *complaints.Service
	Events        *events.Service
	Surveys       *surveys.Service
	Quality       *quality.Service
	Referrals     *referrals.Service
	Documents     *documents.Service
	Finance       *finance.Service
	Consents      *consents.Service
	Retention     *retention.Service
	Ledger        *ledger.Ledger
	Imports       *imports.Service
	Wizard        *imports.Wizard
	Jobs          *imports.Jobs
	Schedules     *imports.Schedules
	Backups       *backup.Service
	// Gate is nil in a node without an office number: it releases nothing.
	Gate *egress.Gate

	keys    *vault.CaseKeys
	files   *vault.Files
	config  filled
	log     *slog.Logger
	now     func() time.Time
	metrics *metrics
	closing sync.Mutex // one exchange with the hub at a time
	tidied  civil.Date // day of the last tidying; of the goroutine in follow alone
}

// assemble puts the areas together over one database.
func assemble(ctx context.Context, f filled, v *vault.Vault, db *sqlite.DB, log *slog.Logger, now func() time.Time) (*Node, error) {
	plan, err := egress.PlanInForce(ctx, db, f.packs, codelist.National(), f.Office.firstPeriod(now()))
	if err != nil {
		return nil, err
	}
	reg := codelist.Live(plan) // another plan comes into force while the node is open
	rules, err := policy.NewAccess(ctx)
	if err != nil {
		return nil, err
	}
	gate := access.New(db, rules, reg, now)
	caseKeys, err := v.OpenCaseKeys(ctx)
	if err != nil {
		return nil, err
	}
	files, err := vault.OpenFiles(filepath.Join(f.Data, filesName), caseKeys)
	if err != nil {
		return nil, errors.Join(err, caseKeys.Close())
	}
	passwords := keys.NewPasswords(db, v)
	uploads, err := imports.OpenUploads(filepath.Join(f.Data, uploadsName), caseKeys)
	if err != nil {
		return nil, errors.Join(err, caseKeys.Close())
	}
	staff := people.NewService(db, passwords, gate, vocabulary(rules), now)
	locks := keys.NewService(db, v, staff, gate, egress.RenewKeys, now)
	passwords.Tell(locks)
	n := &Node{
		DB: db, Vault: v, Registry: reg,
		People:        staff,
		Access:        gate,
		Walls:         access.NewService(db, gate, now),
		Keys:          locks,
		Clients:       clients.NewService(db, reg, gate, now),
		Cases:         cases.NewService(db, reg, gate, now, referrals.FirstDay, finance.FirstDay, complaints.FirstDay),
		Consultations: consultations.NewService(db, reg, gate, now),
		TurnAways:     turnaways.NewService(db, reg, gate, now),
		Complaints:    complaints.NewService(db, reg, gate, now),
		Events:        events.NewService(db, reg, gate, now),
		Surveys:       surveys.NewService(db, reg, gate, now),
		Quality:       quality.NewService(db, reg, gate, now),
		Referrals:     referrals.NewService(db, reg, gate, now),
		Documents:     documents.NewService(db, gate, files, now),
		Finance:       finance.NewService(db, reg, gate, now),
		Consents:      consents.NewService(db, gate, now),
		Retention:     retention.NewService(retention.Store{DB: db, Keys: v, CaseKeys: caseKeys, Files: files}, reg, gate, now),
		Ledger:        ledger.New(reg, f.Office.limits(), f.Currency, f.minor),
		keys:          caseKeys,
		files:         files,
		config:        f, log: log, now: now, metrics: newMetrics(),
	}
	n.addImports(uploads)
	return n, nil
}

// addImports adds what brings the records of foreign systems in.
func (n *Node) addImports(uploads *imports.Uploads) {
	n.Imports = imports.NewService(n.DB, n.Registry, n.Access, n.now)
	n.Wizard = imports.NewWizard(n.Imports, uploads, n.config.Sources)
	n.Jobs = imports.NewJobs(n.Imports, imports.JobsOptions{
		Source: n.Wizard.Source, Documents: n.Documents, NextRelease: n.NextPeriod, Log: n.log,
	})
	n.Schedules = imports.NewSchedules(n.Imports, n.Jobs, n.log)
}

// vocabulary is what positions and own roles are made of.
func vocabulary(rules *policy.Accesses) people.Vocabulary {
	grants := map[string][]people.Grant{}
	for _, code := range rules.ReadyMade() {
		role, _ := rules.Role(code)
		for _, action := range slices.Sorted(maps.Keys(role)) {
			g := people.Grant{Action: action, Reach: string(role[action].Reach)}
			for _, c := range role[action].Classes {
				g.Classes = append(g.Classes, string(c))
			}
			grants[code] = append(grants[code], g)
		}
	}
	return people.Vocabulary{Roles: rules.ReadyMade(), Actions: rules.Actions(), Grants: grants}
}

func (n *Node) addGate(ctx context.Context) error {
	unit := n.config.Office.OrgUnit
	if unit == 0 {
		return nil
	}
	var err error
	n.Gate, err = egress.New(n.DB, n.Access, n.Ledger, n.Registry, n.config.packs, egress.Office{OrgUnit: unit, First: n.firstPeriod()}, n.config.link, n.now)
	if err != nil {
		return err
	}
	n.Gate.Heard = n.metrics.closed
	left, err := n.Gate.Left(ctx)
	n.metrics.outbox.Set(float64(left))
	return err
}

// Close closes the database and seals the vault. What was committed is on disk.
func (n *Node) Close() error {
	defer n.Vault.Seal()
	n.Jobs.Close()
	if n.Backups != nil {
		n.Backups.Close()
	}
	return errors.Join(n.DB.Close(), n.keys.Close())
}

// firstPeriod is the month of the first release: the one that was set, or the
// month before the running one.
func (n *Node) firstPeriod() civil.Month { return n.config.Office.firstPeriod(n.now()) }
