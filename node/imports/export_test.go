package imports

// BreakOff makes the service ask fn at each point of a run at which a process
// could die; an error ends the run there.
func (s *Service) BreakOff(fn func(point string) error) { s.fault = fn }
