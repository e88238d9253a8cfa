package main

import (
	"strings"
	"testing"
)

// A service whose case is not there is held back by itself: it does not end the run.
func TestAServiceOfNothingIsHeldBack(t *testing.T) {
	o := newOffice(t)
	mapping := o.file("services.yaml", `mapping: services/1
instance: office
source: {type: spreadsheet}
defaults: {date_order: dmy, currency: ZAR, locale: en-ZA}
limits: {failed_share: 1}
streams:
  client: {to: client, key: No, when: {col: Of, is: empty, reason: a_service}, fields: {surname: Name}}
  case: {to: case, key: No, when: {col: Of, is: empty, reason: a_service}, fields: {client: {ref: {stream: client, columns: [No]}}, case_type: {const: 1101}, opened_on: In}}
  service: {to: service, key: No, when: {col: Of, is: filled, reason: a_case}, fields: {case: {ref: {stream: case, columns: [Of]}}, kind: {const: 6102}, given_on: In}}
`)
	status, said, errs := o.run("--mapping", mapping, "--accept", o.file("x.csv", "No;Name;In;Of\n1;Example;01/02/2024;\n2;;02/02/2024;1\n3;;03/02/2024;9\n"))
	if status != 3 || !strings.Contains(said, "service                3         1         0         0         1           1") || !strings.Contains(said, "balanced: true") {
		t.Errorf("status %d\n%s%s", status, said, errs)
	}
}
