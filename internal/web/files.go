package web

import "strings"

// FileKind returns the word for what sort of file a media type is: "pdf",
// "image", "audio", "video", "text", "letter", "sheet" or "other". Each is the end
// of a key.
func FileKind(mediaType string) string {
	media, _, _ := strings.Cut(mediaType, ";")
	kind, _, _ := strings.Cut(media, "/")
	switch {
	case media == "application/pdf":
		return "pdf"
	case kind == "image", kind == "audio", kind == "video", kind == "text":
		return kind
	case strings.Contains(media, "wordprocessingml"), media == "application/msword", strings.HasSuffix(media, "opendocument.text"):
		return "letter"
	case strings.Contains(media, "spreadsheetml"), media == "application/vnd.ms-excel", strings.HasSuffix(media, "opendocument.spreadsheet"):
		return "sheet"
	}
	return "other"
}

// Kilobytes returns a file's size as pages show it, at least 1.
func Kilobytes(bytes int64) int64 { return max(1, (bytes+512)/1024) }
