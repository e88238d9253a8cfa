package vault

import (
	"fmt"
	"strings"

	"filippo.io/age"
)

// Identity returns the age key that a secret stands for: what was encrypted to
// its Recipient opens with it, also in the age program. Its String is the secret
// as age writes it, for a person's eyes alone.
func (k Key) Identity() *age.X25519Identity {
	id, err := age.ParseX25519Identity(strings.ToUpper(bech32("age-secret-key-", k[:])))
	if err != nil {
		panic("vault: making an age key: " + fmt.Sprint(len(k))) // any 32 bytes are one
	}
	return id
}

// Identity returns the age key of the recovery words, to which every backup is
// encrypted.
func (w Words) Identity() *age.X25519Identity {
	return w.Derive("casehub/recovery-identity/v1").Identity()
}

// RecoveryRecipient returns to whom backups are encrypted so that the recovery
// words open them. The words need not be at hand. The file is read anew, because
// another process may have changed the words. It fails with ErrSealed: only the
// master key shows that nobody else changed them; and with ErrTampered and ErrBusy.
func (v *Vault) RecoveryRecipient() (*age.X25519Recipient, error) {
	master, err := v.open()
	if err != nil {
		return nil, err
	}
	defer clear(master[:])
	f, err := v.reread()
	switch {
	case err != nil:
		return nil, err
	case f.Generation != v.Generation():
		return nil, ErrBusy // another process has changed the master key
	case !f.genuine(master):
		return nil, ErrTampered
	}
	for _, s := range f.Slots {
		if s.Kind == Recovery {
			return age.ParseX25519Recipient(bech32("age", s.Public))
		}
	}
	return nil, ErrNoSlot
}

// bech32 writes bytes as BIP173 says, after a word in front and with a
// checksum.
func bech32(front string, b []byte) string {
	const letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	fives := intoFives(b)
	var out strings.Builder
	out.WriteString(front + "1")
	for _, v := range append(fives, checksum32(front, fives)...) {
		out.WriteByte(letters[v])
	}
	return out.String()
}

// intoFives cuts bytes into groups of five bits, the last filled with zeros.
func intoFives(b []byte) []byte {
	var out []byte
	var number uint32
	bits := 0
	for _, v := range b {
		number, bits = number<<8|uint32(v), bits+8
		for ; bits >= 5; bits -= 5 {
			out = append(out, byte(number>>(bits-5))&31)
		}
		number &= 1<<bits - 1
	}
	if bits > 0 {
		out = append(out, byte(number<<(5-bits))&31)
	}
	return out
}

func checksum32(front string, fives []byte) []byte {
	var values []byte
	for _, c := range []byte(front) {
		values = append(values, c>>5)
	}
	values = append(values, 0)
	for _, c := range []byte(front) {
		values = append(values, c&31)
	}
	values = append(append(values, fives...), 0, 0, 0, 0, 0, 0)
	sum := polymod(values) ^ 1
	out := make([]byte, 6)
	for i := range out {
		out[i] = byte(sum>>(5*(5-i))) & 31
	}
	return out
}

func polymod(values []byte) uint32 {
	generator := [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3}
	sum := uint32(1)
	for _, v := range values {
		top := sum >> 25
		sum = (sum&0x1ffffff)<<5 ^ uint32(v)
		for i, g := range generator {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
	}
	return sum
}
