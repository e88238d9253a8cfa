package ledger

import (
	"strconv"

	"casehub/internal/codelist"
	"casehub/internal/sqlite"
)

// source says how the events of one measure follow from the office's records.
// The ledger reads the records' tables itself, a statement for all of them: an
// office with ten years of cases closes its month in the time of a few scans.
type source struct {
	name  string
	money bool
	// merge brings new and changed records in; what is published stays.
	merge string
	// withdraw takes out unpublished events whose record is gone.
	withdraw string
	// corrections counts published events whose record says otherwise today.
	corrections string
}

// args gives a source's statements their parameters.
func (s source) args(currency string) sqlite.Args {
	if s.money {
		return sqlite.Args{"currency": currency}
	}
	return nil
}

// sources lists the measures of the first plan. When a case is counted: a case
// in the month of its opening day; a referral in the month it was made; an
// amount in the month the client received it, in the office's currency.
var sources = []source{
	newSource("cases_opened", codelist.CasesOpened, false, `
SELECT id AS source_id, client_id, case_type AS code, opened_on AS day, 0 AS amount
FROM cases`),
	newSource("referrals_made", codelist.ReferralsMade, false, `
SELECT r.id AS source_id, c.client_id, r.destination AS code, r.referred_on AS day, 0 AS amount
FROM referrals r
JOIN cases c ON c.id = r.case_id`),
	newSource("amounts_recovered", codelist.AmountsRecovered, true, `
SELECT r.id AS source_id, c.client_id, r.kind AS code, r.received_on AS day, r.amount_minor AS amount
FROM recoveries r
JOIN cases c ON c.id = r.case_id
WHERE r.currency = @currency`),
}

// newSource writes the statements of a measure around the query for its
// records: source_id, client_id, code, day, amount.
func newSource(name string, set uint32, money bool, records string) source {
	number := strconv.FormatUint(uint64(set), 10)
	const month = `CAST(substr(day, 1, 4) || substr(day, 6, 2) AS INTEGER)`
	return source{
		name:  name,
		money: money,
		merge: `
WITH records AS (` + records + `)
INSERT INTO ledger_events (data_set, source_id, client_id, code, period, amount_minor)
SELECT ` + number + `, source_id, client_id, code, ` + month + `, amount
FROM records
WHERE true
ORDER BY day, source_id
ON CONFLICT (data_set, source_id) DO UPDATE
SET client_id = excluded.client_id, code = excluded.code, period = excluded.period,
    amount_minor = excluded.amount_minor, state = 'unpublished'
WHERE state <> 'published' AND (state, client_id, code, period, amount_minor)
    IS NOT ('unpublished', excluded.client_id, excluded.code, excluded.period, excluded.amount_minor)`,
		withdraw: `
WITH records AS (` + records + `)
UPDATE ledger_events
SET state = 'withdrawn'
WHERE data_set = ` + number + ` AND state = 'unpublished'
    AND NOT EXISTS (SELECT 1 FROM records WHERE records.source_id = ledger_events.source_id)`,
		corrections: `
WITH records AS (` + records + `)
SELECT count(*)
FROM ledger_events e
LEFT JOIN records r ON r.source_id = e.source_id
WHERE e.data_set = ` + number + ` AND e.state = 'published'
    AND (r.source_id IS NULL OR r.code <> e.code OR ` + month + ` <> e.period OR r.amount <> e.amount_minor)`,
	}
}
