package secrets

import (
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"pronto/infra/local/clock"
	"pronto/infra/local/disk"
)

func TestSecrets(t *testing.T) {
	db, err := disk.Open(filepath.Join(t.TempDir(), "aws.db"), disk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s, err := New(db, clock.New())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		op, body string
		code     int
		has      string
	}{
		{"GetSecretValue", `{"SecretId":"k"}`, 400, "ResourceNotFoundException"},
		{"PutSecretValue", `{"SecretId":"k","SecretString":"x"}`, 400, "ResourceNotFoundException"},
		{"CreateSecret", `{"Name":"k"}`, 400, "InvalidParameterException"},
		{"CreateSecret", `{"Name":"k","SecretString":"x","SecretBinary":"eA=="}`, 400, "InvalidParameterException"},
		{"CreateSecret", `{"Name":"k","SecretString":"x","KmsKeyId":"k"}`, 400, "KmsKeyId"},
		{"CreateSecret", `{"Name":"k","SecretString":""}`, 200, "secret:k"},
		{"CreateSecret", `{"Name":"k","SecretString":"x"}`, 400, "ResourceExistsException"},
		{"PutSecretValue", `{"SecretId":"k","SecretBinary":"eA==","ClientRequestToken":"v2"}`, 200, `"VersionId":"v2"`},
		{"GetSecretValue", `{"SecretId":"arn:aws:secretsmanager:us-east-1:000000000000:secret:k"}`, 200, `"SecretBinary":"eA=="`},
		{"GetSecretValue", `{"SecretId":"k","VersionStage":"AWSPREVIOUS"}`, 400, "VersionStage"},
		{"GetSecretValue", `{"SecretId":"k","VersionId":"v1"}`, 400, "VersionId"},
		{"DeleteSecret", `{"SecretId":"k"}`, 400, "not implemented"},
	} {
		r := httptest.NewRequest("POST", "/", strings.NewReader(c.body))
		r.Header.Set("X-Amz-Target", "secretsmanager."+c.op)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != c.code || !strings.Contains(w.Body.String(), c.has) {
			t.Errorf("%s %s: %d %s, want %d with %q", c.op, c.body, w.Code, w.Body, c.code, c.has)
		}
	}
}
