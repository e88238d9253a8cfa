package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/internal/sqlite/sqlitetest"
	"casehub/node/imports"
	"casehub/node/migrations"
)

// networkYear is another year's register of one of the three networks: its columns were
// moved, renamed, added, translated or put under a second header. The shipped mapping
// takes it after the names in renamed were put to those of the file.
type networkYear struct {
	name, mapping, file, text string
	renamed                   []string // old and new, in pairs; each old one stands in the mapping
	want                      []came
}

// networkCases are what came of six matters of workers, whatever the year.
func networkCases(phone bool) []came {
	tel := func(s string) string {
		if phone {
			return s
		}
		return ""
	}
	return []came{
		{"DLAMINI-TEST", "Thandi", "", "", tel("+27825550101"), 1102, "2019-02-04", "2019-03-01", 1_200_50},
		{"Voorbeeld", "Piet", "", "", tel("+27835550102\n+27115550103"), 1101, "2019-02-14", "", 0},
		{"O'NEILL", "Mary-Jane", "", "", "", 1104, "2019-03-01", "2019-03-29", 3_500_00},
		{"Mokoena-Test", "", "", "", tel("+27845550104"), 1103, "2019-04-02", "2019-05-06", 0},
	}
}

func networkYears() []networkYear {
	return []networkYear{
		{
			name: "cwao-moved", mapping: "cwao", file: "2019.csv",
			text: "CASUAL WORKERS — REGISTER 2019\n\nDate,Case No,Employer,Sector,Worker,Gender,Cell,Issue,Referred,Result,Closed,Amount,Fee\n" +
				"2019/02/04,C1,Acme CC,x,\"DLAMINI-TEST, Thandi\",F,082 555 0101,Unpaid wages,CCMA,Settled,2019/03/01,\"R1 200,50\",0\n" +
				"2019/02/14,C2,Plaas (Edms) Bpk,x,\"Voorbeeld, Piet\",M,0835550102 / 0115550103,Dismissal,,,,,0\n" +
				"2019/03/01,C3,Shop,x,\"O'NEILL, Mary-Jane\",F,,UIF,Department of Labour,Award,2019/03/29,\"R 3,500.00\",0\n" +
				"2019/04/02,C4,Broker,x,Mokoena-Test,F,0845550104,Labour broker,Union,Lost,2019/05/06,,0\nTOTAL,,,,,,,,,,,\"4 700,50\",\n",
			want: networkCases(true),
		},
		{
			name: "cwao-deeper", mapping: "cwao", file: "2011.csv",
			text: "Ref;Date;;Worker;;Matter;;;Outcome;\r\n;In;Out;Name and surname;Cell no;Type;Employer;Referred;Result;Amount (R)\r\n" +
				"C1;04/02/19;01/03/19;DLAMINI-TEST, Thandi;082 555 0101;Unpaid wages;Acme CC;CCMA;Settled;R 1 200,50\r\nC2;14/02/19;;Voorbeeld, Piet;0835550102/0115550103;Dismissal;Plaas;;;\r\n" +
				"C3;01/03/19;29/03/19;O'NEILL, Mary-Jane;;UIF;Shop;Department of Labour;Award;R 3 500-00\r\nC4;02/04/19;06/05/19;Mokoena-Test;084-555-0104;Labour broker;Broker;Union;Lost;\r\n",
			renamed: []string{
				"{matters: {}}", "{matters: {header_rows: [1, 2]}}", "[Case No]", "[Ref]", "legacy_number: Case No", "legacy_number: Ref", "col: Worker", `col: "Worker / Name and surname"`, "col: Cell", `col: "Worker / Cell no"`,
				"col: Issue", `col: "Matter / Type"`, "opened_on: Date", `opened_on: "Date / In"`, "closed_on: Closed", `closed_on: "Date / Out"`, "col: Result", `col: "Outcome / Result"`, "other_party: Employer", `other_party: "Matter / Employer"`,
				"col: Referred", `col: "Matter / Referred"`, "referred_on: Date", `referred_on: "Date / In"`, "cols: [Closed, Date]", `cols: ["Date / Out", "Date / In"]`, "amount: Amount", `amount: "Outcome / Amount (R)"`, "{col: Amount,", `{col: "Outcome / Amount (R)",`,
			},
			want: networkCases(true),
		},
		{
			name: "cwao-afrikaans", mapping: "cwao", file: "register.csv",
			text: "Saaknommer;Werker;Selfoon;Probleem;Datum;Gesluit;Uitslag;Werkgewer;Verwys;Bedrag\r\n" +
				"C1;DLAMINI-TEST, Thandi;082 555 0101;Onbetaalde loon;4 Februarie 2019;1 Mrt 2019;Geskik;Acme BK;CCMA;R1\u00a0200,50\r\nC2;Voorbeeld, Piet;0835550102/0115550103;Ontslag;14 Feb 2019;;;Plaas;;\r\n" +
				"C3;O'NEILL, Mary-Jane;;WVF;1 Maart 2019;29 Maart 2019;Toekenning;Winkel;Union;R3500\r\nC4;Mokoena-Test;0845550104;Arbeidsmakelaar;2 Apr. 2019;6 Mei 2019;Verloor;Makelaar;;nihil\r\n",
			renamed: []string{
				"[Case No]", "[Saaknommer]", "legacy_number: Case No", "legacy_number: Saaknommer", "col: Worker", "col: Werker", "col: Cell", "col: Selfoon", "col: Issue", "col: Probleem", "opened_on: Date", "opened_on: Datum", "closed_on: Closed", "closed_on: Gesluit",
				"col: Result", "col: Uitslag", "other_party: Employer", "other_party: Werkgewer", "col: Referred", "col: Verwys", "referred_on: Date", "referred_on: Datum", "cols: [Closed, Date]", "cols: [Gesluit, Datum]", "amount: Amount", "amount: Bedrag", "{col: Amount,", "{col: Bedrag,",
				"Dismissal: 1101, Unpaid wages: 1102, Labour broker: 1103", "Ontslag: 1101, Onbetaalde loon: 1102, Arbeidsmakelaar: 1103", "UIF: 1104", "WVF: 1104", "Settled: 5101, Award: 5103, Lost: 5104", "Geskik: 5101, Toekenning: 5103, Verloor: 5104",
			},
			want: networkCases(true),
		},
		{
			name: "rlt-two-matters", mapping: "rlt", file: "Upington 2021.csv",
			text: "Rural land network;;;\nMatter No;Client No;Surname;M/F;First names;ID number;Phone;Farm;Matter type;Date opened;Date closed;Landowner;Notes;Referred to;District\n" +
				"R1;K1;Example;F;Anna;8001015009087;082 555 0101;Farm 1;Tenure;13/02/2021;;Owner;n;Legal Aid;ZF\nR2;k1 ;Example;F;Anna;8001015009087;082 555 0101;Farm 1;Land claim;14/02/2021;20/03/2021;Owner;;;ZF\n" +
				"R3;K2;Sample;M;Ben;;0115550102;Plaas 2;Farm eviction;1/5/2021;1/6/2021;Boer;;Magistrate;ZF\n",
			want: []came{
				{"Example", "Anna", "", "", "+27825550101", 1701, "2021-02-13", "", 0},
				{"Example", "Anna", "", "", "+27825550101", 1702, "2021-02-14", "2021-03-20", 0},
				{"Sample", "Ben", "", "", "+27115550102", 1701, "2021-05-01", "2021-06-01", 0},
			},
		},
		{
			name: "ccjd-renamed", mapping: "ccjd", file: "extract.csv",
			text: "Branch,File no,Client code,Age group,Case category,Date opened,Date closed,Referred to,Amount recovered (R)\nA,1,7,35-49,Maintenance,2024/02/13,,Court,\"R 500,00\"\n" +
				"B,1,7,35-49,Labour,2024/02/13,2024/04/01,,\nA,2,7,35-49,Domestic violence,2024/03/01,,Shelter,\nC,9,3,60+,Pension,2023/12/31,,Police,R 1.00\n",
			renamed: []string{
				"[Office, Client]", "[Branch, Client code]", "[Office, Case]", "[Branch, File no]", "col: Category", "col: Case category", "opened_on: Opened", "opened_on: Date opened", "closed_on: Closed", "closed_on: Date closed", "col: Referral", "col: Referred to",
				"referred_on: Opened", "referred_on: Date opened", "cols: [Closed, Opened]", "cols: [Date closed, Date opened]", "amount: Recovered", "amount: Amount recovered (R)", "{col: Recovered", "{col: Amount recovered (R)",
			},
		},
	}
}

func TestOtherYearsOfTheNetworksComeInByTheirMappings(t *testing.T) {
	db := sqlitetest.Open(t, migrations.FS)
	for _, c := range networkYears() {
		t.Run(c.name, func(t *testing.T) {
			shipped, _ := imports.Shipped(c.mapping)
			text := strings.Replace(string(shipped), "\ninstance: "+c.mapping+"\n", "\ninstance: "+c.name+"\n", 1)
			for i := 0; i < len(c.renamed); i += 2 {
				if !strings.Contains(text, c.renamed[i]) {
					t.Fatalf("the shipped mapping has no %q", c.renamed[i])
				}
				text = strings.ReplaceAll(text, c.renamed[i], c.renamed[i+1])
			}
			m := mappingOf(t, text)
			report := bring(t, db, m, func() adapters.Source { return sourceAt(t, m, place.Bytes(c.file, []byte(c.text))) })
			for _, s := range report.Streams {
				if s.Quarantined != 0 {
					t.Errorf("%s: %d rows are held back", s.Stream, s.Quarantined)
				}
			}
			if c.mapping == "ccjd" {
				checkAggregate(t, report)
				return
			}
			if d := cmp.Diff(c.want, whoCame(t.Context(), t, db, c.name)); d != "" {
				t.Errorf("(-written +came in):\n%s", d)
			}
		})
	}
}

// checkAggregate holds the counts of a network that gives no names against its four
// matters of three clients in three offices.
func checkAggregate(t *testing.T, r imports.Report) {
	t.Helper()
	for stream, want := range map[string]int64{"client": 3, "case": 4, "referral": 3, "recovery": 2} {
		if got := r.Stream(stream); got.Read != 4 || got.Created != want {
			t.Errorf("%s: read %d, created %d, want 4 and %d", stream, got.Read, got.Created, want)
		}
	}
}
