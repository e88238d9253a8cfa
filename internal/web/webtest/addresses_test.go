package webtest

import "testing"

func TestAnAddressHasRoomForIdentifiersAlone(t *testing.T) {
	for path, bad := range map[string]bool{
		"/": false, "/{$}": false, "/cases": false, "/cases/{id}/referrals/new": false,
		"/clients/{surname}": true, "/files/{path...}": true, "/clients/by-name/{q}": true, "/Clients": true, "/{login}/x": true,
	} {
		if got := inAddress(path, []string{"id"}); (len(got) > 0) != bad {
			t.Errorf("%s: %q", path, got)
		}
	}
}
