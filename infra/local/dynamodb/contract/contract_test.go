package contract_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"

	"pronto/infra/local/clock"
	"pronto/infra/local/disk"
	local "pronto/infra/local/dynamodb"
	"pronto/infra/local/dynamodb/contract"
)

func TestContract(t *testing.T) {
	if os.Getenv("AWS_ENDPOINT_URL") == "" {
		t.Setenv("AWS_ENDPOINT_URL", inProcess(t))
		t.Setenv("AWS_ACCESS_KEY_ID", "local")
		t.Setenv("AWS_SECRET_ACCESS_KEY", "local")
	}
	if os.Getenv("AWS_REGION") == "" {
		t.Setenv("AWS_REGION", local.Region)
	}
	cfg, err := config.LoadDefaultConfig(t.Context(), config.WithRetryMode(aws.RetryModeStandard))
	if err != nil {
		t.Fatal(err)
	}
	contract.Run(t, dynamodb.NewFromConfig(cfg), dynamodbstreams.NewFromConfig(cfg))
}

func inProcess(t *testing.T) string {
	db, err := disk.Open(filepath.Join(t.TempDir(), "aws.db"), disk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := local.New(db, clock.New())
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s)
	t.Cleanup(func() { srv.Close(); db.Close() })
	return srv.URL
}
