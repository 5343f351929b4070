package dynamodb_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/infra/local/clock"
	"pronto/infra/local/disk"
	"pronto/infra/local/dynamodb"
)

// A test of a program that writes with a condition: the ordinary client, a table of its own, and what the program cost.
func Example() {
	dir, _ := os.MkdirTemp("", "example")
	defer os.RemoveAll(dir)
	db, _ := disk.Open(filepath.Join(dir, "aws.db"), disk.Options{})
	defer db.Close()
	local, _ := dynamodb.New(db, clock.New())
	server := httptest.NewServer(local)
	defer server.Close()

	ctx := context.Background()
	client := sdk.New(sdk.Options{BaseEndpoint: &server.URL, Region: dynamodb.Region, Credentials: credentials.NewStaticCredentialsProvider("local", "local", "")})
	_, _ = client.CreateTable(ctx, &sdk.CreateTableInput{
		TableName: aws.String("orders"), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash}},
	})
	for range 2 {
		_, err := client.PutItem(ctx, &sdk.PutItemInput{
			TableName: aws.String("orders"), Item: map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "7"}},
			ConditionExpression: aws.String("attribute_not_exists(id)"),
		})
		fmt.Println("refused:", err != nil)
	}
	fmt.Println("write units:", local.Usage()["PutItem"].TableWrite)
	// Output:
	// refused: false
	// refused: true
	// write units: 2
}
