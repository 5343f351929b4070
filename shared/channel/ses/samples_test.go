package ses_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"pronto/shared/channel"
	"pronto/shared/channel/ses"
)

// What SES tells of a mail, as events/ has it, is what the desk hears.
func TestTheSamplesOfOutcomes(t *testing.T) {
	for name, want := range map[string]channel.Report{
		"sent": "", "delivered": channel.Delivered, "delayed": channel.Delayed, "bounced": channel.Bounced, "complained": channel.Complained, "rejected": channel.Malware,
	} {
		b, err := os.ReadFile("../../../events/outcome/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var q events.SQSEvent
		if err := json.Unmarshal(b, &q); err != nil || len(q.Records) != 1 {
			t.Fatalf("%s: %v", name, err)
		}
		_, ev, err := ses.Decode(q.Records[0].Body)
		if err != nil || ev == nil || ev.Report != want || ev.Tags["pronto-effect"] != "000001-0" {
			t.Errorf("%s: %+v, %v", name, ev, err)
		}
	}
}
