package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed assets
var files embed.FS

const assetPath = "/assets/"

// types are the kinds of files that the site serves; a system's own table of
// types may lack them.
var types = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
	".txt": "text/plain; charset=utf-8",
}

// assets are the files of the kit under names that change with their content,
// so that browsers may keep them for ever.
type assets struct {
	addresses map[string]string // by plain name
	files     map[string]asset  // by name with hash
}

type asset struct {
	kind        string
	plain, gzip []byte
}

func loadAssets() *assets {
	a := &assets{addresses: map[string]string{}, files: map[string]asset{}}
	entries, err := fs.ReadDir(files, "assets")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	for _, e := range entries {
		b, err := files.ReadFile("assets/" + e.Name())
		if err != nil {
			panic(err) // the file is part of the program
		}
		sum, ext := sha256.Sum256(b), path.Ext(e.Name())
		name := strings.TrimSuffix(e.Name(), ext) + "-" + hex.EncodeToString(sum[:6]) + ext
		kind := types[ext]
		if kind == "" {
			kind = mime.TypeByExtension(ext)
		}
		a.addresses[e.Name()] = assetPath + name
		a.files[name] = asset{kind: kind, plain: b, gzip: compress(b)}
	}
	return a
}

// address returns where a file is served, as templates ask by {{asset "kit.css"}}.
func (a *assets) address(name string) (string, error) {
	if p, ok := a.addresses[name]; ok {
		return p, nil
	}
	return "", fmt.Errorf("no asset %q", name)
}

// ServeHTTP answers GET /assets/{name}.
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := a.files[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h, body := w.Header(), f.plain
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	if acceptsGzip(r) && len(f.gzip) < len(f.plain) {
		h.Set("Content-Encoding", "gzip")
		body = f.gzip
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		w.Write(body) //nolint:errcheck // the reader has gone; nobody is left to tell
	}
}
