package dynamodb_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

func TestExpiredItemsLeaveByTheService(t *testing.T) {
	l := withTable(t)
	at := func(d time.Duration) string { return fmt.Sprint(start.Add(d).Unix()) }
	l.put(`{"pk":{"S":"before"},"g":{"S":"x"},"ttl":{"N":"` + at(time.Hour) + `"}}`)
	l.do("UpdateTimeToLive", `{"TableName":"tab","TimeToLiveSpecification":{"AttributeName":"ttl","Enabled":true}}`)
	l.put(`{"pk":{"S":"soon"},"ttl":{"N":"` + at(time.Hour) + `"}}`)
	l.put(`{"pk":{"S":"later"},"ttl":{"N":"` + at(3*time.Hour) + `"}}`)
	l.put(`{"pk":{"S":"renewed"},"ttl":{"N":"` + at(time.Hour) + `"}}`)
	l.put(`{"pk":{"S":"renewed"},"ttl":{"N":"` + at(3*time.Hour) + `"}}`)
	l.put(`{"pk":{"S":"text"},"ttl":{"S":"` + at(time.Hour) + `"}}`)
	l.put(`{"pk":{"S":"ancient"},"ttl":{"N":"86400"}}`) // more than five years past: AWS takes it for a mistake
	l.clk.Turn(2 * time.Hour)
	if err := l.Sweep(); err != nil {
		t.Fatal(err)
	}
	for pk, stays := range map[string]bool{"before": false, "soon": false, "later": true, "renewed": true, "text": true, "ancient": true} {
		if got := l.get(pk) != "{}"; got != stays {
			t.Errorf("%s is there: %v", pk, got)
		}
	}
	if got := l.do("Query", `{"TableName":"tab","IndexName":"idx","KeyConditionExpression":"g = :g","ExpressionAttributeValues":{":g":{"S":"x"}},"Select":"COUNT"}`); got != `{"Count":0,"ScannedCount":0}` {
		t.Errorf("index = %s", got)
	}
	records, err := l.Records("tab", 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	last := records[len(records)-1]
	if !bytes.Contains(last.JSON, []byte(`"userIdentity":{"principalId":"dynamodb.amazonaws.com","type":"Service"}`)) || last.Event != "REMOVE" {
		t.Errorf("record = %s", last.JSON)
	}
	var event events.DynamoDBEventRecord
	if err := json.Unmarshal(last.JSON, &event); err != nil || event.UserIdentity == nil || event.UserIdentity.PrincipalID != "dynamodb.amazonaws.com" {
		t.Errorf("as aws-lambda-go reads it: %+v, %v", event.UserIdentity, err)
	}
}

func TestRunSweepsAsTheClockTurns(t *testing.T) {
	l := withTable(t)
	l.do("UpdateTimeToLive", `{"TableName":"tab","TimeToLiveSpecification":{"AttributeName":"ttl","Enabled":true}}`)
	l.put(fmt.Sprintf(`{"pk":{"S":"a"},"ttl":{"N":"%d"}}`, start.Add(time.Minute).Unix()))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	changed := l.Changed()
	go func() { done <- l.Service.Run(ctx) }()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		l.clk.Turn(time.Minute)
		select {
		case <-changed:
			cancel()
			if err := <-done; err != context.Canceled {
				t.Errorf("Run ended with %v", err)
			}
			if got := l.get("a"); got != "{}" {
				t.Errorf("item = %s", got)
			}
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
	t.Fatal("the item did not expire")
}
