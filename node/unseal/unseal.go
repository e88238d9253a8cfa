// Package unseal is the one page of a node that is sealed: after a start, nobody
// can read anything before a person of the office has signed in, because their
// password opens the vault.
//
// It looks like the sign-in page of an open node and stands at the same address.
// A right password opens the node, and the very request goes on to the open
// node, which signs the person in: nobody types a password twice.
//
// The page is in http.go with its template beside it; waits after wrong passwords
// are those of casehub/internal/pace.
package unseal

import "casehub/internal/errs"

var (
	errWrong = errs.New(errs.Invalid, "unseal.wrong").On("password")
	errWait  = errs.New(errs.Invalid, "unseal.wait").On("password")
)
