// Package zipcrypt opens files of ZIP archives that a password protects: in the old way,
// as Info-ZIP and Primero do by default, or by AES, as WinZip and 7-Zip do. What was
// enciphered stays in memory and is never laid on a disk.
package zipcrypt

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // the format is what the exporting program chose
	"encoding/binary"
	"hash/crc32"
	"io"

	"casehub/adapters"
)

// Protected reports a file that only a password opens.
func Protected(f *zip.File) bool { return f.Flags&1 != 0 }

// Read returns the content of a protected file. It fails with adapters.ErrPassword when
// the password does not fit, with adapters.ErrTooLarge for one of more bytes than most,
// packed or unpacked, and with adapters.ErrUnreadable for one that is damaged.
func Read(f *zip.File, password string, most int64) ([]byte, error) {
	if f.CompressedSize64 > uint64(most) || f.UncompressedSize64 > uint64(most) {
		return nil, tooLarge(most)
	}
	r, err := f.OpenRaw()
	if err != nil {
		return nil, errZip
	}
	body, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return nil, errZip
	}
	method := f.Method
	if method == methodAES {
		body, method, err = decipherAES(f, body, password)
	} else {
		body, err = decipherOld(f, body, password)
	}
	if err != nil {
		return nil, err
	}
	return inflate(f, body, method, most)
}

func tooLarge(most int64) error { return adapters.ErrTooLarge.With("megabytes", most>>20) }

// errZip says that an archive is damaged.
var errZip = adapters.ErrUnreadable.With("expected", "ZIP")

// inflate unpacks what was deciphered. A wrong password can pass the check before
// it by chance; then what comes out does not unpack or sum up.
func inflate(f *zip.File, body []byte, method uint16, most int64) ([]byte, error) {
	var in io.Reader = bytes.NewReader(body)
	switch method {
	case zip.Store:
	case zip.Deflate:
		in = flate.NewReader(in)
	default:
		return nil, errZip
	}
	out, err := io.ReadAll(io.LimitReader(in, most+1))
	switch {
	case int64(len(out)) > most:
		return nil, tooLarge(most)
	case err != nil || f.CRC32 != 0 && crc32.ChecksumIEEE(out) != f.CRC32:
		return nil, adapters.ErrPassword
	}
	return out, nil
}

// oldKeys are the state of the old cipher.
type oldKeys [3]uint32

func newOldKeys(password string) *oldKeys {
	k := &oldKeys{0x12345678, 0x23456789, 0x34567890}
	for i := range len(password) {
		k.update(password[i])
	}
	return k
}

func (k *oldKeys) update(b byte) {
	k[0] = crcByte(k[0], b)
	k[1] = (k[1]+k[0]&0xff)*134775813 + 1
	k[2] = crcByte(k[2], byte(k[1]>>24))
}

func crcByte(crc uint32, b byte) uint32 { return crc32.IEEETable[byte(crc)^b] ^ crc>>8 }

func (k *oldKeys) decrypt(c byte) byte {
	t := uint16(k[2] | 2)
	p := c ^ byte(t*(t^1)>>8)
	k.update(p)
	return p
}

const oldHeader = 12

// decipherOld undoes the old cipher. The last byte of its header tells most wrong
// passwords.
func decipherOld(f *zip.File, body []byte, password string) ([]byte, error) {
	if len(body) < oldHeader {
		return nil, errZip
	}
	k := newOldKeys(password)
	out := make([]byte, len(body))
	for i, c := range body {
		out[i] = k.decrypt(c)
	}
	check := byte(f.CRC32 >> 24)
	if f.Flags&8 != 0 {
		check = byte(f.ModifiedTime >> 8) //nolint:staticcheck // the check byte is of the old field
	}
	if out[oldHeader-1] != check {
		return nil, adapters.ErrPassword
	}
	return out[oldHeader:], nil
}

const (
	methodAES = 99
	aesExtra  = 0x9901
	aesMAC    = 10
	aesRounds = 1000
)

// decipherAES undoes AES as WinZip and 7-Zip use it and checks that nothing was
// changed. It returns how the content is packed.
func decipherAES(f *zip.File, body []byte, password string) ([]byte, uint16, error) {
	strength, method, err := aesField(f.Extra)
	if err != nil {
		return nil, 0, err
	}
	size := 8 * (int(strength) + 1)
	salt := size / 2
	if len(body) < salt+2+aesMAC {
		return nil, 0, errZip
	}
	keys, err := pbkdf2.Key(sha1.New, password, body[:salt], aesRounds, 2*size+2)
	if err != nil {
		return nil, 0, errZip
	}
	content, mac := body[salt+2:len(body)-aesMAC], body[len(body)-aesMAC:]
	if !bytes.Equal(keys[2*size:], body[salt:salt+2]) {
		return nil, 0, adapters.ErrPassword
	}
	h := hmac.New(sha1.New, keys[size:2*size])
	_, _ = h.Write(content)
	if !hmac.Equal(h.Sum(nil)[:aesMAC], mac) {
		return nil, 0, adapters.ErrPassword
	}
	block, err := aes.NewCipher(keys[:size])
	if err != nil {
		return nil, 0, errZip
	}
	return countBackwards(block, content), method, nil
}

// aesField reads the strength of AES (1 to 3) and how the content is packed.
func aesField(extra []byte) (strength byte, method uint16, err error) {
	for len(extra) >= 4 {
		id, n := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		if len(extra) < 4+n {
			break
		}
		if p := extra[4 : 4+n]; id == aesExtra && n >= 7 && p[4] >= 1 && p[4] <= 3 {
			return p[4], binary.LittleEndian.Uint16(p[5:]), nil
		}
		extra = extra[4+n:]
	}
	return 0, 0, errZip
}

// countBackwards deciphers in counter mode with a counter whose lowest byte stands
// first, which the library's does not.
func countBackwards(block cipher.Block, content []byte) []byte {
	out := make([]byte, len(content))
	var counter, stream [aes.BlockSize]byte
	for at, n := 0, uint64(1); at < len(content); at, n = at+aes.BlockSize, n+1 {
		binary.LittleEndian.PutUint64(counter[:], n)
		block.Encrypt(stream[:], counter[:])
		for i := at; i < min(at+aes.BlockSize, len(content)); i++ {
			out[i] = content[i] ^ stream[i-at]
		}
	}
	return out
}
