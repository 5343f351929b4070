// Package secrets is Secrets Manager as far as a program reads its secrets from it: create, replace, get the current value. Durable, in the clear, for development.
//
// Keys: the bucket secrets holds each secret's current version under its name.
package secrets

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"go.etcd.io/bbolt"

	"pronto/infra/local/clock"
	"pronto/infra/local/disk"
	"pronto/infra/local/wire"
)

// Service is the secrets of the local account.
type Service struct {
	db  *disk.DB
	clk *clock.Clock
}

// version is what is stored of a secret.
type version struct {
	ID      string  `json:"id"`
	Created float64 `json:"created"` // Unix seconds
	Text    *string `json:"text,omitempty"`
	Binary  []byte  `json:"binary,omitempty"`
}

var root = []byte("secrets")

// New opens the secrets that db holds.
func New(db *disk.DB, clk *clock.Clock) (*Service, error) {
	err := db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(root)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open the secrets: %w", err)
	}
	return &Service{db, clk}, nil
}

var operations = map[string]func(*Service, []byte) (any, error){
	"GetSecretValue": (*Service).get, "CreateSecret": (*Service).create, "PutSecretValue": (*Service).put,
}

// Operations lists what ServeHTTP answers.
func (s *Service) Operations() []string {
	names := make([]string, 0, len(operations))
	for n := range operations {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// ServeHTTP answers the JSON protocol of the SDKs (X-Amz-Target: secretsmanager.…).
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	const contentType = "application/x-amz-json-1.1"
	_, name, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	op, ok := operations[name]
	if !ok {
		wire.JSONError(w, contentType, wire.Unsupported("Secrets Manager "+name))
		return
	}
	body, err := wire.Body(r, 1<<20)
	if err == nil {
		var out any
		if out, err = op(s, body); err == nil {
			wire.JSON(w, contentType, out)
			return
		}
	}
	wire.JSONError(w, contentType, err)
}

// input is the parameters of all three operations.
type input struct {
	Name, SecretId, ClientRequestToken, VersionStage, Description string
	SecretString                                                  *string
	SecretBinary                                                  []byte
}

func arn(name string) string { return wire.ARN("secretsmanager", "secret:"+name) }

func (s *Service) store(body []byte, must bool) (any, error) {
	var in input
	if err := wire.Decode(body, &in); err != nil {
		return nil, err
	}
	name := in.Name
	if must {
		name = strings.TrimPrefix(in.SecretId, arn(""))
	}
	if name == "" || in.VersionStage != "" || (in.SecretString == nil) == (in.SecretBinary == nil) {
		return nil, wire.Refuse("InvalidParameterException", "want a name and one of SecretString and SecretBinary")
	}
	v := version{in.ClientRequestToken, float64(s.clk.Now().UnixMilli()) / 1000, in.SecretString, in.SecretBinary}
	if v.ID == "" {
		v.ID = wire.UUID()
	}
	value, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	err = s.db.Update(func(tx *bbolt.Tx) error {
		switch found := tx.Bucket(root).Get([]byte(name)) != nil; {
		case found && !must:
			return wire.Refuse("ResourceExistsException", "the secret %s exists", name)
		case !found && must:
			return wire.Refuse("ResourceNotFoundException", "the secret %s does not exist", name)
		}
		return tx.Bucket(root).Put([]byte(name), value)
	})
	return map[string]string{"ARN": arn(name), "Name": name, "VersionId": v.ID}, err
}

func (s *Service) create(body []byte) (any, error) { return s.store(body, false) }
func (s *Service) put(body []byte) (any, error)    { return s.store(body, true) }

func (s *Service) get(body []byte) (any, error) {
	var in input
	if err := wire.Decode(body, &in); err != nil {
		return nil, err
	}
	if in.VersionStage != "" && in.VersionStage != "AWSCURRENT" {
		return nil, wire.Unsupported("a VersionStage other than AWSCURRENT")
	}
	name := strings.TrimPrefix(in.SecretId, arn(""))
	var v version
	err := s.db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket(root).Get([]byte(name))
		if b == nil {
			return wire.Refuse("ResourceNotFoundException", "the secret %s does not exist", name)
		}
		return json.Unmarshal(b, &v)
	})
	if err != nil {
		return nil, err
	}
	out := map[string]any{"ARN": arn(name), "Name": name, "VersionId": v.ID, "VersionStages": []string{"AWSCURRENT"}, "CreatedDate": v.Created}
	if v.Text != nil {
		out["SecretString"] = *v.Text
	} else {
		out["SecretBinary"] = v.Binary
	}
	return out, nil
}
