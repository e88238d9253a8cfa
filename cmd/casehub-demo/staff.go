package main

import "casehub/node/setup"

// Password opens every invented account of the demonstration.
const Password = "demonstration only"

// plan is the set-up of an invented office.
func plan(p Profile) setup.Plan {
	return setup.Plan{
		Organisation: p.Name, Language: "en", Offices: []setup.Office{{Name: p.Name}},
		Director: setup.Director{Name: "Director (invented)", Login: "director", Password: Password},
	}
}
