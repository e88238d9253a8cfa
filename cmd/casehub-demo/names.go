package main

// naming is the names of one language. They are put together by chance; that the
// person is invented stands in each record.
type naming struct {
	women, men, surnames []string
}

// names are by language (BCP 47).
var names = map[string]naming{
	"zu": {
		[]string{"Nomusa", "Thandi", "Zanele", "Nokuthula", "Sibongile", "Ntombi", "Busisiwe", "Hlengiwe"},
		[]string{"Sipho", "Themba", "Bongani", "Mandla", "Sibusiso", "Jabulani", "Vusi", "Nhlanhla"},
		[]string{"Dlamini", "Khumalo", "Ndlovu", "Mkhize", "Zwane", "Gumede", "Ngcobo", "Cele", "Shabalala", "Mthembu"},
	},
	"xh": {
		[]string{"Nomvula", "Nosipho", "Ayanda", "Lindiwe", "Nontle", "Zoleka", "Vuyokazi", "Noluthando"},
		[]string{"Lwazi", "Mzwandile", "Siyabonga", "Thobela", "Luvuyo", "Andile", "Xolani", "Zolani"},
		[]string{"Mpofana", "Somhlaba", "Mqhayisa", "Jongile", "Ntuli", "Qwabe", "Gqola", "Mfeketo", "Tshabalala", "Nqweniso"},
	},
	"st": {
		[]string{"Palesa", "Lerato", "Mpho", "Dineo", "Puleng", "Matshediso", "Nthabiseng", "Refiloe"},
		[]string{"Thabo", "Tshepo", "Lebohang", "Teboho", "Katleho", "Moeketsi", "Tumelo", "Sello"},
		[]string{"Mokoena", "Molefe", "Mofokeng", "Radebe", "Tau", "Moloi", "Motaung", "Sithole", "Nhlapo", "Phiri"},
	},
	"tn": {
		[]string{"Boitumelo", "Keneilwe", "Onalenna", "Gaone", "Tebogo", "Kelebogile", "Masego", "Bontle"},
		[]string{"Kagiso", "Kabelo", "Oratile", "Tshiamo", "Lesego", "Mothusi", "Thuso", "Olebogeng"},
		[]string{"Moagi", "Seleka", "Kgosi", "Modise", "Mogapi", "Sebego", "Tlhapi", "Pule", "Motseki", "Molapo"},
	},
	"ts": {
		[]string{"Tintswalo", "Nkhensani", "Hlamalani", "Rhulani", "Khensani", "Basani"},
		[]string{"Vukosi", "Nyiko", "Tiyani", "Risima", "Hlulani", "Amukelani"},
		[]string{"Chauke", "Baloyi", "Mabunda", "Hlungwani", "Rikhotso", "Maluleke", "Mathebula", "Nkuna"},
	},
	"af": {
		[]string{"Annemarie", "Elmarie", "Katrina", "Magrieta", "Sanna", "Chantel", "Lientjie"},
		[]string{"Hendrik", "Jakobus", "Gert", "Dawid", "Klaas", "Petrus", "Fanie"},
		[]string{"Booysen", "Jansen", "Arendse", "Fortuin", "Witbooi", "Pieterse", "Plaatjies", "Swarts", "Hendricks"},
	},
	"en": {
		[]string{"Grace", "Patience", "Charmaine", "Priscilla", "Beauty", "Faith", "Margaret"},
		[]string{"Wilson", "Moses", "Gift", "Innocent", "Clement", "Alfred", "Justice"},
		[]string{"Naidoo", "Pillay", "Banda", "Moyo", "Adams", "Daniels", "Petersen", "Williams"},
	},
}
