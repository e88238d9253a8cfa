package main

import "context"

func (d *demo) importSamples(context.Context) error { return nil }
