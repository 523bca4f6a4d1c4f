package session

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// A FileStore keeps each session in a file, so that sessions outlive the process
// and several processes on one machine share them. It makes the folder, readable
// by its owner alone, when it first saves. File names are digests of the ids: who
// can list the folder cannot use them.
type FileStore struct {
	Dir string
}

// path is the file of an id.
func (f FileStore) path(id string) string {
	sum := sha256.Sum256([]byte(id))
	return filepath.Join(f.Dir, hex.EncodeToString(sum[:])+".session")
}

// Load reads the file of id.
func (f FileStore) Load(_ context.Context, id string) ([]byte, error) {
	b, err := os.ReadFile(f.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	if len(b) < 8 || expired(b, time.Now()) {
		return nil, ErrNotFound
	}
	return b[8:], nil
}

// expired reads the first eight bytes of a file: Unix milliseconds.
func expired(b []byte, now time.Time) bool {
	return now.UnixMilli() >= int64(binary.BigEndian.Uint64(b))
}

// Save writes a file of its own and renames it, so that no reader sees half of it.
func (f FileStore) Save(_ context.Context, id string, data []byte, ttl time.Duration) error {
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(f.Dir, ".writing-*")
	if err != nil {
		return err
	}
	head := binary.BigEndian.AppendUint64(nil, uint64(time.Now().Add(ttl).UnixMilli()))
	_, err = tmp.Write(append(head, data...))
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), f.path(id))
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}

// Touch writes the new expiry into the file.
func (f FileStore) Touch(_ context.Context, id string, ttl time.Duration) error {
	file, err := os.OpenFile(f.path(id), os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNotFound
	}
	if err != nil {
		return err
	}
	_, err = file.WriteAt(binary.BigEndian.AppendUint64(nil, uint64(time.Now().Add(ttl).UnixMilli())), 0)
	return errors.Join(err, file.Close())
}

// Delete removes the file of id.
func (f FileStore) Delete(_ context.Context, id string) error {
	if err := os.Remove(f.path(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Sweep removes the files of sessions that have expired; an application calls it
// from time to time, or a cron job does.
func (f FileStore) Sweep() error {
	names, err := filepath.Glob(filepath.Join(f.Dir, "*.session"))
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err == nil && (len(b) < 8 || expired(b, time.Now())) {
			err = os.Remove(name)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
