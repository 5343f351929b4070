// Package rulebook keeps the versions of the rule book, and lets every function go by the one that stands.
//
// The rule book is deployed as a file beside each program. A lead may change it while the desk runs: the change is a version, whose text lies in the bucket under the hash
// of all that stands in it, and whose row says who wants it, why, and what became of it. Which version stands is a row of its own for each deployed file:
//
//	Y#desk / @file   this version stands where this file is deployed; without the row the file itself does
//
// Invariants:
//   - The row is asked for, not told of: a program that knows nothing of versions goes by its file, and so does one whose table has no such row.
//   - A deployment with another file begins with that file, and one with the same file goes on with what stood: neither writes over anything. While two programs with two
//     files run beside each other (a canary), each goes by its own; a release that is taken back finds what it had.
//   - What stands has been agreed to: it is read by the hash in the row, and what does not have that hash is not read. Nothing in the bucket can be exchanged for something else.
//   - Every change is one transaction, guarded by the rows that it was judged by. Of two proposals on the same version the second is overtaken.
//   - A version that cannot be read never stops the desk: the last good one stays, and the ledger says so.
package rulebook

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"pronto/shared/policy"
	"pronto/shared/setup"
)

// Body is a rule book with the files that it names.
type Body struct {
	Policy string            `json:"policy"`
	Files  map[string]string `json:"files,omitempty"` // by their names: calendars
}

// maxBody bounds what is read of the bucket.
const maxBody = 16 << 20

// name is what the rule book is called in problems, wherever it lies.
const name = "policy.yaml"

// ReadFile reads the deployed rule book.
func ReadFile(path string) (b Body, p *policy.Policy, problems []policy.Problem, err error) {
	b.Files = map[string]string{}
	p, problems, err = setup.ReadPolicyWith(path, func(file string, data []byte) {
		if file == "" {
			b.Policy = string(data)
			return
		}
		b.Files[file] = string(data)
	})
	return b, p, problems, err
}

// Parse reads a version.
func (b Body) Parse() (*policy.Policy, []policy.Problem) {
	return policy.ParseWith(name, []byte(b.Policy), func(file string) ([]byte, error) {
		text, ok := b.Files[file]
		if !ok {
			return nil, os.ErrNotExist
		}
		return []byte(text), nil
	})
}

// With is the same with another text, and the same files beside it.
func (b Body) With(text string) Body { return Body{Policy: text, Files: b.Files} }

// encode gives a body's bytes and their hash.
func (b Body) encode() (raw []byte, sum string, err error) {
	if raw, err = json.Marshal(b); err != nil {
		return nil, "", fmt.Errorf("encode a rule book: %w", err)
	}
	hash := sha256.Sum256(raw)
	return raw, hex.EncodeToString(hash[:]), nil
}

// Bucket is where bodies lie.
type Bucket struct {
	S3   *s3.Client
	Name string
}

// Put writes a body under its hash: writing it twice writes the same.
func (b Bucket) Put(ctx context.Context, body Body) (sum string, err error) {
	raw, sum, err := body.encode()
	if err != nil {
		return "", err
	}
	_, err = b.S3.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &b.Name, Key: aws.String(setup.PolicyPrefix + sum), Body: bytes.NewReader(raw), ContentType: aws.String("application/json"),
	})
	if err != nil {
		return "", fmt.Errorf("keep a rule book: %w", err)
	}
	return sum, nil
}

// Get reads the body of this hash, and nothing else.
func (b Bucket) Get(ctx context.Context, sum string) (body Body, err error) {
	out, err := b.S3.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.Name, Key: aws.String(setup.PolicyPrefix + sum)})
	if err != nil {
		return body, fmt.Errorf("get a rule book: %w", err)
	}
	defer out.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(out.Body, maxBody))
	if err != nil {
		return body, fmt.Errorf("get a rule book: %w", err)
	}
	if hash := sha256.Sum256(raw); hex.EncodeToString(hash[:]) != sum {
		return body, errors.New("a rule book is not what was agreed to")
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		return body, fmt.Errorf("decode a rule book: %w", err)
	}
	return body, nil
}
