package quality

import (
	"fmt"
	"slices"
	"testing"

	"casehub/node/cases"
)

// TestASeedDrawsTheSameFilesWhateverTheirOrder also draws by many seeds: every file
// comes about as often as any other.
func TestASeedDrawsTheSameFilesWhateverTheirOrder(t *testing.T) {
	var files []cases.ID
	for i := range 20 {
		files = append(files, cases.ID(fmt.Sprint("file-", i)))
	}
	turned := slices.Clone(files)
	slices.Reverse(turned)
	times := map[cases.ID]int{}
	for seed := range 400 {
		a := Choose(fmt.Sprint(seed), files, 5)
		if b := Choose(fmt.Sprint(seed), turned, 5); !slices.Equal(a, b) || len(a) != 5 {
			t.Fatalf("seed %d draws %v, and %v of the same files", seed, a, b)
		}
		for _, id := range a {
			times[id]++
		}
	}
	for _, id := range files {
		if times[id] < 50 || times[id] > 160 {
			t.Errorf("%s was drawn %d times of 400, want about 100", id, times[id])
		}
	}
	if all := Choose("x", files, 100); len(all) != len(files) {
		t.Errorf("%d drawn of %d", len(all), len(files))
	}
}
