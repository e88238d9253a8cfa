package main

import "context"

func (d *demo) importSamples(context.Context) (Counts, error) { return Counts{}, nil }
