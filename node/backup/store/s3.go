package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"casehub/internal/disk"
	"casehub/internal/errs"
)

// Errors of the settings of a store on another machine.
var (
	// ErrAddress reports an address that is none, or that would send in the clear.
	ErrAddress = errs.New(errs.Invalid, "backup.address-wrong").On("endpoint")
	// ErrCredentials reports a file without an access key and a secret key.
	ErrCredentials = errs.New(errs.Invalid, "backup.credentials-wrong").On("credentials_file")
)

const (
	// partSize is what is held in memory of a stream on its way: of 10,000 parts,
	// which is the most that S3 takes, 160 GB.
	partSize = 16 << 20
	// tries is how often a request is made before the store counts as gone.
	tries = 3
)

// S3Settings say where an S3-compatible store is and how it lets us in.
type S3Settings struct {
	// Endpoint is https://host, or http://127.0.0.1:port for one on this machine.
	Endpoint string
	Bucket   string
	// Prefix stands before every name, without slashes around it; may be empty.
	Prefix string
	// Region is needed by some stores.
	Region string
	// CredentialsFile has the access key and the secret key, a line each.
	CredentialsFile string `toml:"credentials_file"`
}

// S3 is a bucket of an S3-compatible store, or a part of one.
type S3 struct {
	client *minio.Client
	bucket string
	prefix string
}

// NewS3 reads the settings. It does not ask the store anything. It fails with
// ErrAddress and ErrCredentials.
func NewS3(s S3Settings) (*S3, error) {
	at, err := url.Parse(s.Endpoint)
	if err != nil || at.Host == "" || at.Path != "" && at.Path != "/" || s.Bucket == "" {
		return nil, ErrAddress
	}
	secure := at.Scheme == "https"
	if !secure && (at.Scheme != "http" || !loopback(at.Hostname())) {
		return nil, ErrAddress
	}
	access, secret, err := readCredentials(s.CredentialsFile)
	if err != nil {
		return nil, err
	}
	client, err := minio.New(at.Host, &minio.Options{
		Creds: credentials.NewStaticV4(access, secret, ""), Secure: secure, Region: s.Region, MaxRetries: tries,
	})
	if err != nil {
		return nil, ErrAddress
	}
	return &S3{client: client, bucket: s.Bucket, prefix: strings.Trim(s.Prefix, "/")}, nil
}

// Path returns what a person reads of the store: address, bucket and prefix.
func (s *S3) Path() string {
	return s.client.EndpointURL().Host + "/" + path.Join(s.bucket, s.prefix)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func readCredentials(file string) (access, secret string, err error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", "", fmt.Errorf("%w: %w", ErrCredentials, err)
	}
	lines := strings.Fields(string(b))
	if len(lines) != 2 {
		return "", "", ErrCredentials
	}
	return lines[0], lines[1], nil
}

func (s *S3) key(name string) string { return path.Join(s.prefix, name) }

// Claim implements Store.
func (s *S3) Claim(ctx context.Context, id ID) error {
	if err := s.Ready(ctx, id); !errors.Is(err, ErrUnclaimed) {
		return err
	}
	b := marker{markerFormat, id}.encode()
	_, err := s.client.PutObject(ctx, s.bucket, s.key(MarkerName), bytes.NewReader(b), int64(len(b)), fresh())
	if err := said(ctx, err); !errors.Is(err, ErrExists) {
		return err
	}
	return s.Ready(ctx, id) // somebody was quicker
}

// fresh are the options of an object that must not be there yet.
func fresh() minio.PutObjectOptions {
	o := minio.PutObjectOptions{ContentType: "application/octet-stream", PartSize: partSize, NumThreads: 1}
	o.SetMatchETagExcept("*")
	return o
}

// Ready implements Store.
func (s *S3) Ready(ctx context.Context, id ID) error {
	in, err := s.get(ctx, MarkerName)
	if errors.Is(err, ErrMissing) {
		return s.unclaimed(ctx)
	}
	if err != nil {
		return err
	}
	defer in.Close()
	return belongs(in, id)
}

// unclaimed tells a bucket without a marker from no bucket, and from one that
// lets us see nothing: all three answer that there is no such object.
func (s *S3) unclaimed(ctx context.Context) error {
	if _, err := s.List(ctx); err != nil { // a listing says which
		return err
	}
	return ErrUnclaimed
}

// Put implements Store.
func (s *S3) Put(ctx context.Context, id ID, name Name, what *Sealed) error {
	if err := s.Ready(ctx, id); err != nil {
		return err
	}
	switch _, err := s.client.StatObject(ctx, s.bucket, s.key(name.String()), minio.StatObjectOptions{}); {
	case err == nil:
		return ErrExists
	case !errors.Is(said(ctx, err), ErrMissing):
		return said(ctx, err)
	}
	r, stop := what.reader()
	_, err := s.client.PutObject(ctx, s.bucket, s.key(name.String()), r, -1, fresh())
	made := stop()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case made != nil && !errors.Is(made, errStopped):
		return made
	}
	return said(ctx, err)
}

// Remove implements Store.
func (s *S3) Remove(ctx context.Context, id ID, name Name) error {
	if err := s.Ready(ctx, id); err != nil {
		return err
	}
	err := said(ctx, s.client.RemoveObject(ctx, s.bucket, s.key(name.String()), minio.RemoveObjectOptions{}))
	if errors.Is(err, ErrMissing) {
		return nil
	}
	return err
}

// Sweep implements Store.
func (s *S3) Sweep(ctx context.Context, id ID) error {
	if err := s.Ready(ctx, id); err != nil {
		return err
	}
	for u := range s.client.ListIncompleteUploads(ctx, s.bucket, s.front(), true) {
		if u.Err != nil {
			return said(ctx, u.Err)
		}
		if _, ours := ParseName(strings.TrimPrefix(u.Key, s.front())); !ours {
			continue
		}
		if err := s.client.RemoveIncompleteUpload(ctx, s.bucket, u.Key); err != nil {
			return said(ctx, err)
		}
	}
	return nil
}

// front is what the keys of this place begin with.
func (s *S3) front() string {
	if s.prefix == "" {
		return ""
	}
	return s.prefix + "/"
}

// List implements Store.
func (s *S3) List(ctx context.Context) ([]Object, error) {
	ctx, cancel := context.WithCancel(ctx) // ends the listing when this returns early
	defer cancel()
	var all []Object
	for o := range s.client.ListObjects(ctx, s.bucket, minio.ListObjectsOptions{Prefix: s.front()}) {
		if o.Err != nil {
			return nil, said(ctx, o.Err)
		}
		if name, ours := ParseName(strings.TrimPrefix(o.Key, s.front())); ours {
			all = append(all, Object{name, o.Size})
		}
	}
	return all, ctx.Err()
}

// Get implements Store.
func (s *S3) Get(ctx context.Context, name Name) (io.ReadCloser, error) {
	return s.get(ctx, name.String())
}

func (s *S3) get(ctx context.Context, name string) (io.ReadCloser, error) {
	o, err := s.client.GetObject(ctx, s.bucket, s.key(name), minio.GetObjectOptions{})
	if err != nil {
		return nil, said(ctx, err)
	}
	if _, err := o.Stat(); err != nil { // the first question that is really asked
		_ = o.Close()
		return nil, said(ctx, err)
	}
	return remote{ctx, o}, nil
}

// remote is an object that says in our terms when it cannot be read on.
type remote struct {
	ctx context.Context //nolint:containedctx // of the reading that it belongs to
	*minio.Object
}

func (r remote) Read(b []byte) (int, error) {
	n, err := r.Object.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		err = said(r.ctx, err)
	}
	return n, err
}

// Free implements Store.
func (s *S3) Free(context.Context) (int64, error) { return 0, disk.ErrFree }

// said turns an error of the client into one of ours. What the store said may
// name the bucket and its owner, so only its code is kept.
func said(ctx context.Context, err error) error {
	if err == nil || errs.As(err) != nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	answer := minio.ToErrorResponse(err)
	switch {
	case answer.Code == minio.NoSuchKey, answer.Code == "NotFound":
		return ErrMissing
	case answer.Code == minio.PreconditionFailed, answer.StatusCode == 412:
		return ErrExists
	case answer.StatusCode == 401, answer.StatusCode == 403, answer.Code == "InvalidAccessKeyId", answer.Code == minio.AccessDenied:
		return ErrRefused
	case answer.StatusCode == 507, answer.Code == "QuotaExceeded", answer.Code == "XMinioStorageFull":
		return ErrFull
	case answer.StatusCode == 0, answer.Code == minio.NoSuchBucket:
		return ErrGone
	}
	return fmt.Errorf("%w: %s", ErrFailed, answer.Code)
}
