package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"casehub/adapters"
	"casehub/adapters/place"
	"casehub/cmd/internal/sources"
	"casehub/internal/actor"
	"casehub/internal/codelist"
	"casehub/internal/sqlite"
	"casehub/node/access/accesstest"
	"casehub/node/imports"
)

// tongue is how an office of strangers writes its register: the names of ten columns
// (number, surname, given names, phone, sex, birth, problem, opened, closed, amount),
// three problems, a woman and a man, and people. Nobody of them is real.
type tongue struct {
	header   [10]string
	problems [3]string
	sexes    [2]string
	people   [6][2]string
}

// noon is the time of every import here.
func noon() time.Time { return time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC) }

var tongues = map[string]tongue{
	"es": {
		[10]string{"Nº", "Apellidos", "Nombres", "Teléfono", "Sexo", "Fecha de nacimiento", "Tipo de caso", "Fecha de apertura", "Fecha de cierre", "Monto recuperado"},
		[3]string{"Desalojo", "Despido", "Alimentos"},
		[2]string{"Femenino", "Masculino"},
		[6][2]string{{"Muñoz Ibáñez", "José"}, {"Peña", "Begoña"}, {"Güell", "Inés"}, {"Rodríguez", "María de los Ángeles"}, {"Ávila", "Óscar"}, {"Íñiguez", "Úrsula"}},
	},
	"fr": {
		[10]string{"N°", "Nom", "Prénom", "Téléphone", "Sexe", "Date de naissance", "Nature du problème", "Date d'ouverture", "Date de clôture", "Montant"},
		[3]string{"Expulsion", "Licenciement", "Pension alimentaire"},
		[2]string{"Femme", "Homme"},
		[6][2]string{{"Lefèvre", "Hélène"}, {"Ouédraogo", "Moïse"}, {"Façade", "Noël"}, {"N'Diaye", "Cécile"}, {"Îlot", "Zoé"}, {"Château", "André"}},
	},
	"pt": {
		[10]string{"N.º", "Apelido", "Nome próprio", "Telefone", "Sexo", "Data de nascimento", "Tipo de processo", "Data de abertura", "Data de encerramento", "Valor recuperado"},
		[3]string{"Despejo", "Despedimento", "Alimentos"},
		[2]string{"Feminino", "Masculino"},
		[6][2]string{{"Gonçalves", "João"}, {"Magalhães", "Conceição"}, {"Simões", "Fátima"}, {"Brandão", "Estêvão"}, {"Macuácua", "Lúcia"}, {"Pinhão", "Ângela"}},
	},
	"ar": {
		[10]string{"الرقم", "اسم العائلة", "الاسم", "الهاتف", "الجنس", "تاريخ الميلاد", "نوع القضية", "تاريخ الفتح", "تاريخ الإغلاق", "المبلغ"},
		[3]string{"إخلاء", "فصل", "نفقة"},
		[2]string{"أنثى", "ذكر"},
		[6][2]string{{"العلي", "أحمد"}, {"الخطيب", "فاطمة"}, {"حسن", "محمد"}, {"النجار", "يوسف"}, {"الحداد", "إبراهيم"}, {"البكري", "سارة"}},
	},
	"sw": {
		[10]string{"Na.", "Jina la ukoo", "Jina", "Simu", "Jinsia", "Tarehe ya kuzaliwa", "Aina ya kesi", "Tarehe ya kufungua", "Tarehe ya kufunga", "Kiasi"},
		[3]string{"Kufukuzwa", "Kufutwa kazi", "Matunzo"},
		[2]string{"Mke", "Mume"},
		[6][2]string{{"Mwangi", "Wanjirũ"}, {"Ng’ang’a", "Kamau"}, {"Otieno", "Achieng"}, {"Mutua", "Mwĩkali"}, {"Juma", "Fatuma"}, {"Barasa", "Nekesa"}},
	},
	"pl": {
		[10]string{"Nr", "Nazwisko", "Imię", "Telefon", "Płeć", "Data urodzenia", "Rodzaj sprawy", "Data wpływu", "Data zamknięcia", "Kwota"},
		[3]string{"Eksmisja", "Zwolnienie", "Alimenty"},
		[2]string{"Kobieta", "Mężczyzna"},
		[6][2]string{{"Wójcik", "Łukasz"}, {"Żak", "Małgorzata"}, {"Ślęzak", "Paweł"}, {"Dąbrowski", "Zdzisława"}, {"Gołąb", "Józef"}, {"Źrebiec", "Bożena"}},
	},
	"ru": {
		[10]string{"No", "Фамилия", "Имя", "Телефон", "Пол", "Дата рождения", "Вид дела", "Дата открытия", "Дата закрытия", "Сумма"},
		[3]string{"Выселение", "Увольнение", "Алименты"},
		[2]string{"женский", "мужской"},
		[6][2]string{{"Щербакова", "Юлия"}, {"Цветков", "Эдуард"}, {"Чехова", "Ольга"}, {"Шишкин", "Иван"}, {"Хромова", "Ирина"}, {"Яковлев", "Борис"}},
	},
	"el": {
		[10]string{"Αρ.", "Επώνυμο", "Όνομα", "Τηλέφωνο", "Φύλο", "Ημ. γέννησης", "Είδος υπόθεσης", "Ημ. έναρξης", "Ημ. λήξης", "Ποσό"},
		[3]string{"Έξωση", "Απόλυση", "Διατροφή"},
		[2]string{"Γυναίκα", "Άνδρας"},
		[6][2]string{{"Παπαδόπουλος", "Γιώργος"}, {"Ιωάννου", "Ελένη"}, {"Δημητρίου", "Άννα"}, {"Ώριμος", "Ήρα"}, {"Ξένος", "Ψυχή"}, {"Λάμπρου", "Ζωή"}},
	},
	"am": {
		[10]string{"ተ.ቁ", "የአባት ስም", "ስም", "ስልክ", "ጾታ", "የትውልድ ቀን", "የጉዳይ ዓይነት", "የተከፈተበት ቀን", "የተዘጋበት ቀን", "መጠን"},
		[3]string{"ማፈናቀል", "ስንብት", "ቀለብ"},
		[2]string{"ሴት", "ወንድ"},
		[6][2]string{{"ተስፋዬ", "አበበ"}, {"በቀለ", "ሙሉ"}, {"ታደሰ", "ሀና"}, {"አለሙ", "ትዕግስት"}, {"ከበደ", "ፀሐይ"}, {"ደስታ", "ኃይሉ"}},
	},
}

// visit is one row as it was written, and so what must come in. Days are YYYY-MM-DD,
// "" for none; amounts are cents, 0 for none.
type visit struct {
	no, surname, given, phone string
	sex, problem              int
	born, opened, closed      string
	cents                     int64
}

// visitsOf are the six rows that every office of strangers has in its own words.
func visitsOf(l tongue) []visit {
	all := []visit{
		{"101", "", "", "0755501000", 0, 0, "1960-01-28", "2023-01-05", "2024-01-13", 1_234_50},
		{"102", "", "", "0855501010", 1, 1, "1963-02-27", "2023-02-07", "", 0},
		{"103", "", "", "0755501020", 0, 2, "1966-03-26", "2023-03-09", "2024-03-15", 75_00},
		{"104", "", "", "0855501030", 1, 0, "1999-12-31", "2023-08-31", "", 0},
		{"105", "", "", "0755501040", 0, 1, "1972-05-24", "2023-12-13", "2024-02-29", 1_000_000_99},
		{"106", "", "", "0855501050", 1, 2, "2004-10-01", "2023-10-10", "", 1},
	}
	for i := range all {
		all[i].surname, all[i].given = l.people[i][0], l.people[i][1]
	}
	return all
}

// came is a visit as it stands in the node.
type came struct {
	Surname, Given, Sex, Born, Phones string
	Type                              int
	Opened, Closed                    string
	Cents                             int64
}

var caseTypes = [3]int{1601, 1101, 1301}

func (v visit) came() came {
	return came{v.surname, v.given, [2]string{"female", "male"}[v.sex], v.born, "+27" + v.phone[1:], caseTypes[v.problem], v.opened, v.closed, v.cents}
}

// registerMapping is what somebody makes of a draft for a register of ten columns,
// which are named as given.
func registerMapping(name, source, from, defaults string, l tongue, columns [10]string) string {
	c := make([]string, len(columns))
	for i := range columns {
		c[i] = fmt.Sprintf("%q", columns[i])
	}
	key := c[0]
	if from != "" {
		from = "from: " + fmt.Sprintf("%q", from) + ", "
	}
	return strings.NewReplacer("NAME", name, "SOURCE", source, "DEFAULTS", defaults, "FROM", from, "KEY", key,
		"SURNAME", c[1], "GIVEN", c[2], "PHONE", c[3], "SEX", c[4], "BORN", c[5], "PROBLEM", c[6], "OPENED", c[7], "CLOSED", c[8], "AMOUNT", c[9],
		"WOMAN", fmt.Sprintf("%q", l.sexes[0]), "MAN", fmt.Sprintf("%q", l.sexes[1]),
		"P1", fmt.Sprintf("%q", l.problems[0]), "P2", fmt.Sprintf("%q", l.problems[1]), "P3", fmt.Sprintf("%q", l.problems[2])).Replace(`mapping: NAME/1
instance: NAME
source: SOURCE
defaults: {DEFAULTS, region: ZA}
streams:
  client: {FROMto: client, key: KEY, fields: {surname: SURNAME, given_names: GIVEN, phones: {col: PHONE, fn: [{split: "[/;]"}, phone]}, sex: {col: SEX, codes: {WOMAN: female, MAN: male}, unknown: quarantine}, birth_date: BORN}}
  case: {FROMto: case, key: KEY, fields: {client: {ref: client}, case_type: {col: PROBLEM, fn: [{part: {separator: "\n", side: before, alone: true}}], codes: {P1: 1601, P2: 1101, P3: 1301}, unknown: quarantine}, opened_on: OPENED, closed_on: CLOSED, outcome: {const: 5201}}}
  recovery: {FROMto: recovery, key: KEY, when: {col: AMOUNT, is: filled, reason: no_amount}, fields: {case: {ref: case}, kind: {const: 4101}, received_on: {cols: [CLOSED, OPENED]}, amount: AMOUNT}}
`)
}

// bring imports a source by a mapping: a dry run, the run that it foresaw, and once
// more, which must find nothing new.
func bring(t *testing.T, db *sqlite.DB, m *imports.Mapping, open func() adapters.Source) imports.Report {
	t.Helper()
	gate, _ := accesstest.OpenAt(t, db, noon)
	service := imports.NewService(db, codelist.National(), gate, noon)
	who := actor.Actor{Kind: actor.Import, ID: accesstest.Director.ID}
	once := func(o imports.Options) imports.Report {
		t.Helper()
		o.Name, o.Accept = m.Instance, true
		report, err := service.Run(t.Context(), who, m, open(), o)
		if err != nil {
			t.Fatalf("%v\n%+v", err, report)
		}
		if !report.Balanced {
			t.Errorf("the report is not balanced: %+v", report)
		}
		return report
	}
	foreseen := once(imports.Options{DryRun: true})
	done := once(imports.Options{})
	foreseen.Mode, foreseen.Run = done.Mode, done.Run
	if d := cmp.Diff(done, foreseen); d != "" {
		t.Errorf("the dry run foresaw something else (-done +foreseen):\n%s", d)
	}
	for _, s := range once(imports.Options{}).Streams {
		if s.Created != 0 || s.Updated != 0 {
			t.Errorf("the second import finds something new in %s: %+v", s.Stream, s)
		}
	}
	return done
}

func mappingOf(t *testing.T, text string) *imports.Mapping {
	t.Helper()
	m, err := imports.ParseMapping([]byte(text), codelist.National())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// sourceAt opens what lies at a place as a mapping says.
func sourceAt(t *testing.T, m *imports.Mapping, at place.Place) adapters.Source {
	t.Helper()
	src, err := sources.Own{}.Open(t.Context(), m, at)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// whoCame reads what an instance brought, in the order of its keys.
func whoCame(ctx context.Context, t *testing.T, db *sqlite.DB, instance string) []came {
	t.Helper()
	rows, err := db.Query(ctx, `
SELECT c.surname, c.given_names, c.sex, coalesce(c.birth_date, ''), c.phones, k.case_type, k.opened_on, coalesce(k.closed_on, ''),
    coalesce((SELECT sum(r.amount_minor) FROM recoveries r WHERE r.case_id = k.id), 0)
FROM import_xref x JOIN cases k ON k.id = x.local_id JOIN clients c ON c.id = k.client_id
WHERE x.instance = :instance AND x.entity = 'case' ORDER BY x.source_key`, sqlite.Args{"instance": instance})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []came
	for rows.Next() {
		var c came
		if err := rows.Scan(&c.Surname, &c.Given, &c.Sex, &c.Born, &c.Phones, &c.Type, &c.Opened, &c.Closed, &c.Cents); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// checkCame holds what came in against what was written, to the day and the cent.
func checkCame(t *testing.T, db *sqlite.DB, instance string, written []visit) {
	t.Helper()
	var want []came
	for _, v := range written {
		want = append(want, v.came())
	}
	if d := cmp.Diff(want, whoCame(t.Context(), t, db, instance)); d != "" {
		t.Errorf("%s (-written +came in):\n%s", instance, d)
	}
}
