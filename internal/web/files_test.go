package web_test

import (
	"testing"

	"casehub/internal/web"
)

func TestFilesHaveWords(t *testing.T) {
	for media, want := range map[string]string{
		"application/pdf": "pdf", "image/jpeg": "image", "text/plain; charset=utf-8": "text", "video/mp4": "video", "audio/ogg": "audio",
		"application/msword": "letter", "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "letter",
		"application/vnd.oasis.opendocument.text": "letter", "application/vnd.ms-excel": "sheet",
		"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "sheet", "application/vnd.oasis.opendocument.spreadsheet": "sheet",
		"application/zip": "other", "": "other",
	} {
		if got := web.FileKind(media); got != want {
			t.Errorf("%s is %q, want %q", media, got, want)
		}
	}
	for bytes, want := range map[int64]int64{0: 1, 5: 1, 1536: 2, 1_048_576: 1024} {
		if got := web.Kilobytes(bytes); got != want {
			t.Errorf("%d bytes are %d KB, want %d", bytes, got, want)
		}
	}
}
