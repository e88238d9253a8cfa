package locale

// Spoken is a language that people speak at a desk, by its own name.
type Spoken struct{ Code, Name string }

// Tongues returns the languages that forms offer, in the order of their names.
// They are many more than the ones that pages are in.
func Tongues() []Spoken {
	return []Spoken{
		{"af", "Afrikaans"},
		{"ay", "Aymar aru"},
		{"sn", "chiShona"},
		{"en", "English"},
		{"es", "Español"},
		{"fr", "Français"},
		{"rw", "Ikinyarwanda"},
		{"nr", "isiNdebele"},
		{"xh", "isiXhosa"},
		{"zu", "isiZulu"},
		{"sw", "Kiswahili"},
		{"pt", "Português"},
		{"qu", "Runasimi"},
		{"nso", "Sepedi"},
		{"st", "Sesotho"},
		{"tn", "Setswana"},
		{"ss", "siSwati"},
		{"sfs", "South African Sign Language"},
		{"ve", "Tshivenḓa"},
		{"ts", "Xitsonga"},
	}
}

// Tongue returns a language's own name, or its code where it is not among the
// Tongues.
func Tongue(code string) string {
	for _, t := range Tongues() {
		if t.Code == code {
			return t.Name
		}
	}
	return code
}
