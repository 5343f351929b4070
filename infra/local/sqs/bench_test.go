package sqs

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"pronto/infra/local/clock"
)

// BenchmarkCycle is one message sent, received and deleted by three calls of the protocol, without the network: the server's own cost.
func BenchmarkCycle(b *testing.B) {
	s := open(b, b.TempDir(), clock.New())
	if err := s.Create("q", nil); err != nil {
		b.Fatal(err)
	}
	body := strings.Repeat(`{\"k\":\"some text of a notice\"}`, 60)
	b.ReportAllocs()
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			invoke(b, s, "SendMessage", fmt.Sprintf(`{"QueueUrl":"http://localhost/1/q","MessageBody":"%s"}`, body))
			var got struct {
				Messages []struct{ ReceiptHandle string }
			}
			if err := json.Unmarshal(invoke(b, s, "ReceiveMessage", `{"QueueUrl":"http://localhost/1/q","MaxNumberOfMessages":1}`), &got); err != nil {
				b.Fatal(err)
			}
			for _, m := range got.Messages {
				invoke(b, s, "DeleteMessage", fmt.Sprintf(`{"QueueUrl":"http://localhost/1/q","ReceiptHandle":"%s"}`, m.ReceiptHandle))
			}
		}
	})
}

func invoke(t testing.TB, s *Service, op, body string) []byte {
	r := httptest.NewRequest("POST", "http://localhost/", strings.NewReader(body))
	r.Header.Set("X-Amz-Target", "AmazonSQS."+op)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != 200 {
		t.Errorf("%s: %d %s", op, w.Code, w.Body)
	}
	return w.Body.Bytes()
}
