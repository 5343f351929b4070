package dynamodb_test

import (
	"strings"
	"testing"
)

func TestTablesRefused(t *testing.T) {
	l := open(t)
	for _, c := range []struct{ from, to, words string }{
		{`"tab"`, `"ab"`, "3 to 255"},
		{`"tab"`, `"a b c"`, "3 to 255"},
		{`"tab"`, `""`, "tableName"},
		{`"idx"`, `"g1"`, "indexName"}, // AWS wants three letters of an index, too
		{`"PAY_PER_REQUEST"`, `"FREE"`, "billingMode"},
		{`"PAY_PER_REQUEST"`, `"PROVISIONED"`, "must both be specified"},
		{`"BillingMode"`, `"ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1},"BillingMode"`, "PAY_PER_REQUEST"},
		{`"AttributeName":"pk","KeyType":"HASH"`, `"AttributeName":"pk","KeyType":"RANGE"`, "not a HASH"},
		{`"AttributeName":"pk","KeyType":"HASH"`, `"AttributeName":"other","KeyType":"HASH"`, "AttributeDefinitions"},
		{`{"AttributeName":"pk","KeyType":"HASH"}`, `{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"pk","KeyType":"RANGE"}`, "same name"},
		{`{"AttributeName":"pk","KeyType":"HASH"}`, ``, "keySchema"},
		{`"AttributeName":"pk","AttributeType":"S"`, `"AttributeName":"pk","AttributeType":"M"`, "[B, N, S]"},
		{`{"AttributeName":"pk","AttributeType":"S"}`, `{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"pk","AttributeType":"S"}`, "Duplicate AttributeName"},
		{`{"AttributeName":"pk","AttributeType":"S"}`, `{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"spare","AttributeType":"S"}`, "does not exactly match"},
		{`"KEYS_ONLY"`, `"SOME"`, "ProjectionType"},
		{`"KEYS_ONLY"`, `"INCLUDE"`, "NonKeyAttributes"},
		{`"KEYS_ONLY"`, `"ALL","NonKeyAttributes":["a"]`, "NonKeyAttributes"},
		{`"StreamEnabled":true,`, `"StreamEnabled":false,`, "StreamViewType"},
		{`"NEW_AND_OLD_IMAGES"`, `"EVERYTHING"`, "streamViewType"},
	} {
		body := strings.Replace(tableT, c.from, c.to, 1)
		if body == tableT {
			t.Fatalf("%s does not occur", c.from)
		}
		l.fails("CreateTable", body, "ValidationException", c.words)
	}
	l.do("CreateTable", tableT)
	l.fails("CreateTable", tableT, "ResourceInUseException", "already exists")
}

func TestProvisionedTables(t *testing.T) {
	l := open(t)
	const throughput = `"ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":3}`
	body := strings.Replace(tableT, `"BillingMode":"PAY_PER_REQUEST"`, throughput, 1)
	body = strings.Replace(body, `"IndexName":"idx"`, `"IndexName":"idx",`+throughput, 1)
	l.do("CreateTable", body)
	if got := l.do("DescribeTable", `{"TableName":"tab"}`); strings.Count(got, `"WriteCapacityUnits":3`) != 2 || strings.Contains(got, "BillingModeSummary") {
		t.Errorf("described as %s", got)
	}
}

func TestTimeToLiveCannotBeTurnedTwice(t *testing.T) {
	l := withTable(t)
	set := func(name, enabled string) string {
		return `{"TableName":"tab","TimeToLiveSpecification":{"AttributeName":"` + name + `","Enabled":` + enabled + `}}`
	}
	l.fails("UpdateTimeToLive", set("ttl", "false"), "ValidationException", "already disabled")
	l.do("UpdateTimeToLive", set("ttl", "true"))
	l.fails("UpdateTimeToLive", set("ttl", "true"), "ValidationException", "already enabled")
	l.fails("UpdateTimeToLive", set("other", "true"), "ValidationException", "different AttributeName")
	l.fails("UpdateTimeToLive", set("other", "false"), "ValidationException", "different AttributeName")
	l.do("UpdateTimeToLive", set("ttl", "false"))
	if got := l.do("DescribeTimeToLive", `{"TableName":"tab"}`); !strings.Contains(got, "DISABLED") {
		t.Errorf("described as %s", got)
	}
}

func TestEventSourcesAskOnlyStreams(t *testing.T) {
	l := withTable(t)
	l.put(`{"pk":{"S":"a"}}`)
	if n, err := l.Latest("tab"); n != 1 || err != nil {
		t.Errorf("latest = %d, %v", n, err)
	}
	l.do("CreateTable", strings.NewReplacer(`"tab"`, `"dry"`, `"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"`, `"StreamEnabled":false`).Replace(tableT))
	if _, err := l.Latest("dry"); err == nil || !strings.Contains(err.Error(), "no stream") {
		t.Errorf("a table without a stream: %v", err)
	}
	if _, err := l.Records("none", 0, 1); err == nil || !strings.Contains(err.Error(), "ResourceNotFoundException") {
		t.Errorf("no table: %v", err)
	}
}
