package zipcrypt_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"errors"
	"testing"

	"casehub/adapters"
	"casehub/adapters/primero/zipcrypt"
)

// Archives as Info-ZIP and zip.js make them, with the password "s3cret pw".
var protected = map[string]string{
	"old":     "UEsDBBQACQAIACeddl0h57g4KgAAACEAAAAKABwAZXhwb3J0LmNzdlVUCQADWkUDa1pFA2t1eAsAAQQAAAAABAAAAABnIKnaP73u42GTVdGen5RkcxFcLppdH31y4R+6ri11NqGVlldPl9UNq4lQSwcIIee4OCoAAAAhAAAAUEsBAh4DFAAJAAgAJ512XSHnuDgqAAAAIQAAAAoAGAAAAAAAAQAAAKSBAAAAAGV4cG9ydC5jc3ZVVAUAA1pFA2t1eAsAAQQAAAAABAAAAABQSwUGAAAAAAEAAQBQAAAAfgAAAAAA",
	"AES-128": "UEsDBDMACQBjAAAAIVgAAAAAAAAAAAAAAAAKAAsAZXhwb3J0LmNzdgGZBwACAEFFAQgAtnLrIJccjAipZ2r55Ca/1Shd9QscRuJ80RMn/iRJZ9yBICDC1ivTz5LJGZzyZUFbb/JQSwcIAAAAADIAAAAhAAAAUEsBAgADMwAJAGMAAAAhWAAAAAAyAAAAIQAAAAoACwAAAAAAAAAAAKSBAAAAAGV4cG9ydC5jc3YBmQcAAgBBRQEIAFBLBQYAAAAAAQABAEMAAAB1AAAAAAA=",
	"AES-256": "UEsDBDMACQBjAAAAIVgAAAAAAAAAAAAAAAAKAAsAZXhwb3J0LmNzdgGZBwACAEFFAwgAFltXzGrEYGBJNRJcHiyhqKqNuaX0qxhciywWErCAg7Cd9HO4wGu+c93W7W7Pvk7AC263CF01RReNklBLBwgAAAAAOgAAACEAAABQSwECAAMzAAkAYwAAACFYAAAAADoAAAAhAAAACgALAAAAAAAAAAAApIEAAAAAZXhwb3J0LmNzdgGZBwACAEFFAwgAUEsFBgAAAAABAAEAQwAAAH0AAAAAAA==",
}

const inside = "id,name\n1,Canary\n2,\"Canary, two\"\n"

// read reads the only file of an archive.
func read(archive []byte, password string, most int64) ([]byte, error) {
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, err
	}
	if !zipcrypt.Protected(z.File[0]) {
		return nil, errors.New("not protected")
	}
	return zipcrypt.Read(z.File[0], password, most)
}

func TestPasswordsOpenFiles(t *testing.T) {
	for name, b64 := range protected {
		archive, err := base64.StdEncoding.DecodeString(b64)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := read(archive, "s3cret pw", 1<<20); err != nil || string(got) != inside {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if _, err := read(archive, "wrong", 1<<20); !errors.Is(err, adapters.ErrPassword) {
			t.Errorf("%s with a wrong password: %v", name, err)
		}
		if _, err := read(archive, "s3cret pw", int64(len(inside))-1); !errors.Is(err, adapters.ErrTooLarge) {
			t.Errorf("%s past the limit: %v", name, err)
		}
		// One changed byte of the content is noticed.
		broken := bytes.Clone(archive)
		broken[bytes.Index(broken, []byte("PK\x07\x08"))-12] ^= 0x40
		if _, err := read(broken, "s3cret pw", 1<<20); err == nil {
			t.Errorf("%s: a changed archive is read", name)
		}
	}
}
