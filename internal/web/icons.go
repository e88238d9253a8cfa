package web

import (
	"fmt"
	"html/template"
)

// icons are drawn on a grid of 24 in strokes of the text's colour. They stand
// beside words, never instead of them, so readers by ear pass over them.
var icons = map[string]string{
	"add":      `<path d="M12 5v14M5 12h14"/>`,
	"alert":    `<path d="M12 4 2.8 19.5h18.4z"/><path d="M12 10v4.5M12 17.2v.1"/>`,
	"back":     `<path d="M15 5l-7 7 7 7"/>`,
	"building": `<path d="M4 20V6l8-3 8 3v14M2 20h20M9 20v-4h6v4M8 9h.01M12 9h.01M16 9h.01M8 13h.01M12 13h.01M16 13h.01"/>`,
	"calendar": `<path d="M4 6h16v14H4zM4 10h16M8 3v4M16 3v4"/>`,
	"check":    `<path d="M4.5 12.5l5 5 10-11"/>`,
	"clock":    `<circle cx="12" cy="12" r="9"/><path d="M12 7v5.2l3.4 2"/>`,
	"contrast": `<circle cx="12" cy="12" r="9"/><path d="M12 3v18a9 9 0 0 0 0-18z" fill="currentColor"/>`,
	"coins":    `<ellipse cx="12" cy="6" rx="7" ry="3"/><path d="M5 6v6c0 1.7 3.1 3 7 3s7-1.3 7-3V6M5 12v6c0 1.7 3.1 3 7 3s7-1.3 7-3v-6"/>`,
	"exchange": `<path d="M4 8h14l-4-4M20 16H6l4 4"/>`,
	"folder":   `<path d="M3 6h6l2 2.5h10V19H3z"/>`,
	"globe":    `<circle cx="12" cy="12" r="9"/><path d="M3 12h18M12 3c3 3 3.6 6 3.6 9S15 18 12 21c-3-3-3.6-6-3.6-9S9 6 12 3z"/>`,
	"info":     `<circle cx="12" cy="12" r="9"/><path d="M12 11v5.5M12 7.6v.1"/>`,
	"lock":     `<path d="M5 11h14v9H5zM8 11V8a4 4 0 0 1 8 0v3"/>`,
	"next":     `<path d="M9 5l7 7-7 7"/>`,
	"person":   `<circle cx="12" cy="8" r="4"/><path d="M4 20c1-4 4-6 8-6s7 2 8 6"/>`,
	"print":    `<path d="M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z"/>`,
	"search":   `<circle cx="10.5" cy="10.5" r="6.5"/><path d="M15.5 15.5L21 21"/>`,
	"send":     `<path d="M4 12 20 4l-5 16-3.5-6.5z"/><path d="M11.5 13.5 20 4"/>`,
	"shield":   `<path d="M12 3l8 3v6c0 4.5-3.2 7.7-8 9-4.8-1.3-8-4.5-8-9V6z"/><path d="M8.5 12l2.5 2.5 4.5-5"/>`,
	"trend":    `<path d="M3 17l6-6 4 4 8-9M15 6h6v6"/>`,
}

func icon(name string) (template.HTML, error) {
	shape, ok := icons[name]
	if !ok {
		return "", fmt.Errorf("no icon %q", name)
	}
	return template.HTML(`<svg class="icon icon-` + name + `" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false">` + shape + `</svg>`), nil //nolint:gosec // constants
}
