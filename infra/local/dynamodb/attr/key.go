package attr

import "hash/fnv"

// Keys are encoded so that comparing bytes compares values, and so that one encoding never is a prefix of another:
//
//	S, B:  the bytes, 0x00 written as 0x00 0xFF, ended by 0x00 0x01
//	N:     0x01 for zero; 0x02, exponent+130, digits in pairs (each pair+1), 0x00 for positive; 0x00 and the complement of that for negative
//
// so an encoded partition key is followed directly by an encoded sort key.

// AppendKey appends the encoding of a value of kind S, N or B.
func AppendKey(dst []byte, v Value) []byte {
	if v.Kind == N {
		return appendNumberKey(dst, v.Str)
	}
	return append(AppendKeyPrefix(dst, v), 0x00, 0x01)
}

// AppendKeyPrefix appends what the encodings of all strings (or binaries) that begin with v have in common.
func AppendKeyPrefix(dst []byte, v Value) []byte {
	for i := range len(v.Str) {
		dst = append(dst, v.Str[i])
		if v.Str[i] == 0 {
			dst = append(dst, 0xFF)
		}
	}
	return dst
}

func appendNumberKey(dst []byte, s string) []byte {
	d := ofPlain(s)
	if d.digits == "" {
		return append(dst, 1)
	}
	start := len(dst)
	dst = append(dst, 2, byte(d.exp-minExponent))
	for i := 0; i < len(d.digits); i += 2 {
		pair := (d.digits[i] - '0') * 10
		if i+1 < len(d.digits) {
			pair += d.digits[i+1] - '0'
		}
		dst = append(dst, pair+1)
	}
	dst = append(dst, 0)
	if d.neg {
		for i := start + 1; i < len(dst); i++ {
			dst[i] = ^dst[i]
		}
		dst[start] = 0
	}
	return dst
}

// AppendPartition appends an encoded partition key behind two bytes of its hash. As on AWS, a scan meets partitions in no order that means anything,
// and parallel scans share them out evenly by those two bytes.
func AppendPartition(dst []byte, v Value) []byte {
	start := len(dst)
	dst = AppendKey(append(dst, 0, 0), v)
	h := fnv.New32a()
	h.Write(dst[start+2:])
	sum := h.Sum32()
	dst[start], dst[start+1] = byte(sum>>8)^byte(sum>>24), byte(sum)^byte(sum>>16)
	return dst
}

// After is the least key greater than every key that begins with prefix, or nil if there is none.
func After(prefix []byte) []byte {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xFF {
			out := append([]byte(nil), prefix[:i+1]...)
			out[i]++
			return out
		}
	}
	return nil
}
