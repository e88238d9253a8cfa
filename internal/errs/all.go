package errs

// All returns every Error inside err, in the order in which errors.Join put
// them together. An error that wraps another counts once.
func All(err error) []*Error {
	switch e := err.(type) {
	case nil:
		return nil
	case *Error:
		return []*Error{e}
	case interface{ Unwrap() []error }:
		var all []*Error
		for _, inner := range e.Unwrap() {
			all = append(all, All(inner)...)
		}
		return all
	case interface{ Unwrap() error }:
		return All(e.Unwrap())
	}
	return nil
}

// OfField returns the first Error inside err that blames the field, or nil.
// The field "" is for errors that blame none.
func OfField(err error, field string) error {
	for _, e := range All(err) {
		if e.field == field {
			return e
		}
	}
	return nil
}
