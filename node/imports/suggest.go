package imports

import (
	"slices"
	"strings"
	"unicode"

	"casehub/adapters"
	"casehub/internal/text"
)

// Suggestion is a guess which column fills a field, for a person to say yes or no to.
type Suggestion struct {
	Target, Field, Column string
	// Exact says that the column is named as the field usually is, and not only like it.
	Exact bool
}

// usual are words by which columns of registers are called, by target and field, in
// English, Spanish, Portuguese, French and Afrikaans. They are compared without marks
// and capitals. Earlier fields win a column.
var usual = []struct{ target, field, names string }{
	{toClient, "given_names", "first name|firstname|name first|nombre s|given name|given names|forename|forenames|client forename|first names|names|nombres|nombre|primer nombre|nome proprio|prenom|prenoms|voorname|voornaam"},
	{toClient, "surname", "surname|last name|name last|apellido s|apellidos y nombres|lastname|family name|client surname|client name|client|name|full name|apellidos|apellido|apellido paterno|nombre completo|nombre y apellidos|cliente|usuario|usuaria|usuario a|solicitante|demandante|worker|employee|complainant|applicant|werker|klaer|plaignant|requerant|requerente|utente|client name and surname|beneficiario|beneficiaria|nombre libre|sobrenome|apelido|nom|nom de famille|van|vannaam"},
	{toClient, "id_number", "id number|id no|id|identity number|national id|rsa id|passport|document|documento|dni|ci|c i|cedula|carnet|carnet de identidad|nro documento|numero de documento|documento de identidad|numero de identificacion|piece didentite|rg|cpf|bi|id nommer"},
	{toClient, "birth_date", "date of birth|birth date|birthdate|dob|birthday|fecha de nacimiento|fecha nacimiento|fecha nac|f de nac|f nac|f nacimiento|naissance|nascimento|nacimiento|data de nascimento|date de naissance|geboortedatum"},
	{toClient, "sex", "sex|gender|sexo|genero|genre|sexe|geslag"},
	{toClient, "phones", "phone|phones|phone number|telephone|tel|cell|cell no|cellphone|mobile|contact|contact number|contact no|telefono|telefonos|telefono celular|numero de telefono|celular|movil|telefone|telemovel|telephone portable|selfoon|tel cel|tel celular|tel movil|tel fijo"},
	{toClient, "address", "address|residential address|postal address|village|town|direccion|domicilio|barrio|comunidad|endereco|morada|adresse|adres"},
	{toClient, "language", "language|home language|idioma|lengua|lingua|langue|taal"},
	{toClient, "notes", "client notes|client remarks|observaciones del cliente"},
	{toCase, "legacy_number", "case no|case number|file no|file number|file|ref|reference|reference no|case ref|ref no|case id|expediente|numero de expediente|nro expediente|nro caso|numero de caso|codigo|codigo caso|processo|dossier|numero de dossier|saaknommer"},
	{toCase, "case_type", "case type|type of case|problem type|matter|matter type|problem|problem code|category|type of problem|nature of problem|issue|complaint type|tipo de caso|tipo caso|materia|problema|categoria|asunto|tema|tipo de problema|tipo problema|tipo de atencion|tipo de demanda|tipo de violacion|nature du probleme|type de probleme|type de dossier|type d affaire|type daffaire|tipo de processo|probleem|tipo saak|quel est le probleme|cual es su problema legal|cual es su problema|tipo de problema legal|motivo de consulta"},
	{toCase, "opened_on", "date opened|opened|date in|open date|date|date received|date of intake|registration date|date of registration|opened date|intake date|start date|date reported|fecha de apertura|fecha apertura|fecha|fecha inicio|fecha de inicio|fecha de ingreso|fecha de registro|fecha registro|fecha de atencion|data de registo|data de registro|data de entrada|date denregistrement|date dentree|data de abertura|data abertura|date d ouverture|date douverture|datum|datum in|f apertura|f ingreso|f inicio|f registro|marca temporal|timestamp|horodateur|carimbo de data hora"},
	{toCase, "closed_on", "date closed|closed date|closed|date out|date closure|close date|closing date|end date|fecha de cierre|fecha cierre|fecha fin|data de encerramento|data arquivamento|fecha de egreso|date de fermeture|date de cloture|datum uit|f cierre|f egreso|gesluit|gesluit op"},
	{toCase, "outcome", "outcome|result|resolution|case outcome|resultado|solucion|desenlace|resultat|uitslag|resultado del caso|resultado final"},
	{toCase, "other_party", "other party|opponent|employer|respondent|against|contraparte|demandado|empleador|parte contraria|reu|partie adverse|werkgewer"},
	{toCase, "summary", "summary|notes|remarks|comments|description|facts|details|resumen|observaciones|descripcion|hechos|notas|resumo|descricao|observacoes|resume|opmerkings|nota"},
	{toReferral, "destination", "referred to|referral|referred|referral to|derivado a|derivada a|institucion de derivacion|derivacion|remitido a|remision|encaminhado|oriente vers|verwys na|verwys"},
	{toReferral, "referred_on", "date referred|referral date|fecha de derivacion|fecha derivacion|data de encaminhamento"},
	{toRecovery, "amount", "amount recovered|amount|recovered|money recovered|amt recov|award|settlement|settlement amount|monto recuperado|monto|importe|cantidad|valor recuperado|montant|bedrag|monto bs|valor|montant recupere"},
	{toRecovery, "received_on", "date paid|payment date|date received payment|fecha de pago|fecha pago"},
	{toConsultation, "held_on", "consultation date|visit date|fecha de consulta|fecha consulta"},
	{toConsultation, "note", "advice given|advice|consejo|asesoria"},
}

// Suggest guesses which fields the columns of a table fill. Each column is suggested
// once at most, and each field.
func Suggest(st adapters.Stream) []Suggestion {
	columns := map[string]string{} // by how they are compared
	fields := map[string]adapters.Field{}
	var order []string
	for _, f := range st.Fields {
		if !telling(f, st.Fields) {
			continue
		}
		fields[f.Name] = f
		for _, name := range []string{f.Label, f.Name, unbracketed(f.Name), lastPart(f.Name), inFull(f.Name)} {
			if w := plainName(name); w != "" && columns[w] == "" {
				columns[w] = f.Name
				order = append(order, w)
			}
		}
	}
	var all []Suggestion
	used := map[string]bool{}
	take := func(target, field, column string, exact bool) {
		for _, s := range all {
			if s.Target == target && s.Field == field {
				return
			}
		}
		if column != "" && !used[column] && fits(target, field, fields[column]) {
			used[column] = true
			all = append(all, Suggestion{target, field, column, exact})
		}
	}
	for _, u := range usual {
		for name := range strings.SplitSeq(u.names, "|") {
			take(u.target, u.field, columns[name], true)
		}
	}
	for _, u := range usual {
		for _, w := range order {
			if (u.field == "surname" || u.field == "given_names") && aNumber(w) {
				continue
			}
			if slices.ContainsFunc(strings.Split(u.names, "|"), func(name string) bool { return len(name) > 4 && contains(w, name) }) {
				take(u.target, u.field, columns[w], false)
			}
		}
	}
	return all
}

// telling reports a column that can fill a field by itself: not one that points to
// other records or lists those inside, that has its words in another column, that is one
// choice of a question whose answer is another column, nor one that surveys add.
func telling(f adapters.Field, all []adapters.Field) bool {
	if len(f.Points) > 0 || f.Name == "_notes" || f.Name == "_tags" || strings.HasSuffix(f.Name, ".info") || strings.HasPrefix(f.Name, "children.") {
		return false
	}
	return !slices.ContainsFunc(all, func(o adapters.Field) bool {
		rest, inside := strings.CutPrefix(f.Name, o.Name)
		choice := inside && f.Distinct <= 2 && rest != ".label" && len(rest) > 1 && strings.ContainsAny(rest[:1], "/.-")
		return o.Name == f.Name+".label" || choice
	})
}

// few is how many different values are too few for a day or a name in many rows.
const few = 3

// fits reports whether the values of a column could be those of a field.
func fits(target, field string, f adapters.Field) bool {
	t := targetNamed(target)
	i := t.index(field)
	if i < 0 {
		return true
	}
	switch {
	case field == "birth_date":
		return f.Kind != adapters.Bool
	case t.fields[i].kind == asDay:
		return f.Kind == adapters.Date || f.DayOrder.Days() > 0 || f.Kind != adapters.Bool && (f.Distinct > few || f.Filled < rowsForAValue*few)
	case field == "surname" || field == "given_names":
		return f.Kind == adapters.Text
	case field == "id_number": // a bare number of the row is none of a person
		return plainName(f.Name) != "id" || !f.Key && f.Filled > 0
	case t.fields[i].kind == asCode:
		return f.Kind != adapters.Bool && f.Kind != adapters.Date
	}
	return true
}

// plainName returns a header as headers are compared: small letters and digits with
// blanks between, without accents.
func plainName(s string) string {
	return strings.Join(strings.FieldsFunc(text.Plain(split(s)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " ")
}

// split puts blanks between the words of "ClientNo".
func split(s string) string {
	var b strings.Builder
	var last rune
	for _, r := range s {
		if last >= 'a' && last <= 'z' && r >= 'A' && r <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		last = r
	}
	return b.String()
}

// lastPart returns the part of a header behind its last group: "group/name", "group.name",
// and, as ODK Central writes its tables, "group-name".
func lastPart(s string) string {
	if i := strings.LastIndexAny(s, "/."); i >= 0 && i < len(s)-1 {
		return s[i+1:]
	}
	if i := strings.LastIndexByte(s, '-'); i > 0 && !strings.Contains(s, " ") {
		return s[i+1:]
	}
	return s
}

// caseGroups are groups of columns of a case, and groupedNames what their columns are
// called in full.
var (
	caseGroups   = []string{"caso", "case", "expediente", "dossier", "affaire", "processo", "saak"}
	groupedNames = map[string]string{
		"tipo": "tipo de caso", "type": "case type", "tipo de problema": "tipo de caso", "apertura": "fecha de apertura", "ingreso": "fecha de ingreso", "inicio": "fecha de inicio",
		"cierre": "fecha de cierre", "ouverture": "date d ouverture", "cloture": "date de cloture", "abertura": "data de abertura", "encerramento": "data de encerramento", "opened": "date opened", "closed": "date closed",
	}
)

// inFull returns what a column is called in full where it has a telling name in a group
// of a case: "Caso / Tipo"; "" elsewhere.
func inFull(s string) string {
	i := strings.LastIndexAny(s, "/.-")
	if i < 0 || !slices.ContainsFunc(strings.Fields(plainName(s[:i])), func(w string) bool { return slices.Contains(caseGroups, w) }) {
		return ""
	}
	return groupedNames[plainName(s[i+1:])]
}

// unbracketed returns a header without what stands in parentheses behind it: "Sexo (F/M)".
func unbracketed(s string) string {
	if i := strings.IndexByte(s, '('); i > 0 && strings.HasSuffix(strings.TrimSpace(s), ")") {
		return s[:i]
	}
	return s
}

// aNumber reports a header that is the number of somebody rather than who they are:
// "Client code", "Nro. cliente".
func aNumber(w string) bool {
	return strings.Contains(w, " ") && slices.ContainsFunc(strings.Fields(w), func(p string) bool {
		return slices.Contains([]string{"codigo", "code", "nro", "no", "num", "numero", "number", "id", "ref", "clave", "nummer"}, p)
	})
}

// contains reports whether a name stands in words as whole words.
func contains(words, name string) bool { return strings.Contains(" "+words+" ", " "+name+" ") }
