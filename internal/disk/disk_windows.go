package disk

import (
	"errors"

	"golang.org/x/sys/windows"
)

// Free returns how many bytes this user may still write in the folder dir.
func Free(dir string) (int64, error) {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, err
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(name, &free, nil, nil); err != nil {
		return 0, err
	}
	return int64(free), nil
}

// Full reports whether err says that there is no room left on the disk.
func Full(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}

// SyncDir does nothing: NTFS keeps names in its own journal, and a folder
// cannot be brought to the disk by an ordinary user.
func SyncDir(string) error { return nil }
