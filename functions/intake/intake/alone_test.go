package intake

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"pronto/shared/channel/ses"
	"pronto/shared/mail"
)

// A notice that makes intake panic comes again by itself; what came with it is taken.
func TestAPanicIsOneNoticesOwnFault(t *testing.T) {
	h := &Handler{log: slog.New(slog.DiscardHandler)} // nothing is wired: a mail makes it panic, a check of the topic does not
	mail := `{"notificationType":"Received","mail":{"timestamp":"2026-11-23T09:00:00.000Z","source":"ada@home.example","messageId":"m1"},
		"receipt":{"recipients":["care@acme.example"],"action":{"type":"S3","bucketName":"b","objectKey":"mail/m1"}}}`
	out, err := h.Handle(t.Context(), events.SQSEvent{Records: []events.SQSMessage{
		{MessageId: "1", Body: mail}, {MessageId: "2", Body: ses.TopicCheck}, {MessageId: "3", Body: mail},
	}})
	if err != nil || len(out.BatchItemFailures) != 2 || out.BatchItemFailures[0].ItemIdentifier != "1" || out.BatchItemFailures[1].ItemIdentifier != "3" {
		t.Errorf("%+v, %v", out, err)
	}
}

// What there is no time for is handed back, and the first is always taken.
func TestABatchEndsBeforeTheFunctionDoes(t *testing.T) {
	h := &Handler{log: slog.New(slog.DiscardHandler)}
	batch := events.SQSEvent{Records: []events.SQSMessage{{MessageId: "1", Body: ses.TopicCheck}, {MessageId: "2", Body: ses.TopicCheck}, {MessageId: "3", Body: ses.TopicCheck}}}
	for left, back := range map[time.Duration]int{time.Minute: 0, mail.Patience: 2} {
		ctx, cancel := context.WithTimeout(t.Context(), left)
		out, err := h.Handle(ctx, batch)
		cancel()
		if err != nil || len(out.BatchItemFailures) != back || back > 0 && out.BatchItemFailures[0].ItemIdentifier != "2" {
			t.Errorf("with %v left: %+v, %v", left, out, err)
		}
	}
}
