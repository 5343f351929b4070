package sns

import (
	"strings"
	"testing"
)

func TestTextsEndInTheOutbox(t *testing.T) {
	r := newRig(t)
	for _, words := range []string{"one", "two", "three"} {
		r.call(200, "Action", "Publish", "PhoneNumber", "+390655501230", "Message", words, "MessageAttributes.entry.1.Name", "AWS.SNS.SMS.SMSType",
			"MessageAttributes.entry.1.Value.DataType", "String", "MessageAttributes.entry.1.Value.StringValue", "Transactional")
	}
	if got := r.queued(); len(got) > 0 {
		t.Errorf("a text is in a queue: %v", got)
	}
	all, err := r.Texts(1, 1)
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	if x := all[0]; x.Seq != 2 || x.Message != "two" || x.To != "+390655501230" || x.Type != "Transactional" || x.MessageID == "" || x.At != r.clk.Now() {
		t.Errorf("%+v", x)
	}
	if all, err := r.Texts(3, 10); err != nil || len(all) > 0 {
		t.Errorf("behind the last: %+v, %v", all, err)
	}
}

func TestTextsThatAreRefused(t *testing.T) {
	r := newRig(t)
	for name, pairs := range map[string][]string{
		"no number":      {"PhoneNumber", "call me", "Message", "x"},
		"a local number": {"PhoneNumber", "0655501230", "Message", "x"},
		"no words":       {"PhoneNumber", "+390655501230", "Message", ""},
		"too long":       {"PhoneNumber", "+390655501230", "Message", strings.Repeat("x", MaxText+1)},
		"a topic too":    {"PhoneNumber", "+390655501230", "Message", "x", "TopicArn", "arn:aws:sns:us-east-1:000000000000:t"},
		"other type": {"PhoneNumber", "+390655501230", "Message", "x", "MessageAttributes.entry.1.Name", "AWS.SNS.SMS.SMSType",
			"MessageAttributes.entry.1.Value.StringValue", "Loud"},
	} {
		if body := r.call(400, append([]string{"Action", "Publish"}, pairs...)...); !strings.Contains(body, "InvalidParameter") {
			t.Errorf("%s: %s", name, body)
		}
	}
	if all, err := r.Texts(0, 10); err != nil || len(all) > 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

// An attribute that is not implemented is refused loudly, on either way.
func TestAttributesThatAreNotImplemented(t *testing.T) {
	r := newRig(t)
	for _, pairs := range [][]string{
		{"PhoneNumber", "+390655501230", "Message", "x", "MessageAttributes.entry.1.Name", "AWS.SNS.SMS.SenderID", "MessageAttributes.entry.1.Value.StringValue", "Acme"},
		{"TopicArn", "arn:aws:sns:us-east-1:000000000000:t", "Message", "x", "MessageAttributes.entry.1.Name", "a", "MessageAttributes.entry.1.Value.StringValue", "b"},
	} {
		w := r.call(400, append([]string{"Action", "Publish"}, pairs...)...)
		if !strings.Contains(w, "not implemented") {
			t.Errorf("%v: %s", pairs, w)
		}
	}
}
