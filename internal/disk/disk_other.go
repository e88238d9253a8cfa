//go:build !linux && !darwin && !freebsd && !windows

package disk

// Free returns ErrFree: this system has no way that is known here.
func Free(string) (int64, error) { return 0, ErrFree }

// Full cannot be told here.
func Full(error) bool { return false }

// SyncDir does nothing here.
func SyncDir(string) error { return nil }
