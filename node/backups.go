package node

import (
	"casehub/node/backup"
	"casehub/node/backup/store"
)

// BackupConfig says where backups go beside the folders that somebody chose on
// the pages. Zero values work: then there are those folders alone.
type BackupConfig struct {
	// S3 is a store on another machine.
	S3 store.S3Settings
}

// OpenBackups prepares backups of the open node to other places than those of
// its settings. The caller closes them before the node.
func (n *Node) OpenBackups(c BackupConfig) (*backup.Service, error) {
	o := backup.Options{DB: n.DB, Vault: n.Vault, Keys: n.keys, Files: n.files, Gate: n.Access, Names: n.Access.Names, Now: n.now, Log: n.log, Journal: n.erasureJournal}
	if c.S3 != (store.S3Settings{}) {
		remote, err := store.NewS3(c.S3)
		if err != nil {
			return nil, err
		}
		o.Remote, o.RemotePath = remote, remote.Path()
	}
	return backup.NewService(o), nil
}
