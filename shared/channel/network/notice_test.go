package network

import (
	"strings"
	"testing"
	"time"
)

var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func TestNotice(t *testing.T) {
	n := Notice{Channel: "custom", ID: "k1", Brand: "acme-air", Bucket: "b", Key: "custom/x", ReceivedAt: now}
	text, err := n.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if got, mine, err := DecodeNotice(text); !mine || err != nil || got != n {
		t.Errorf("%+v %v %v", got, mine, err)
	}
	for _, c := range []struct {
		name, body string
		mine       bool
	}{
		{"SES's notice", `{"notificationType":"Received","mail":{}}`, false}, {"mail", `{"channel":"email"}`, false}, {"a release", `{"channel":"releases"}`, false}, {"no JSON", "x", false}, {"a list", "[]", false},
		{"channel is a number", `{"channel":1}`, false}, {"long", `{"channel":"custom","id":"` + strings.Repeat("a", maxNotice) + `"}`, false},
		{"no key", strings.Replace(text, "custom/x", "", 1), true}, {"no id", strings.Replace(text, "k1", "", 1), true}, {"a number for an id", strings.Replace(text, `"k1"`, "1", 1), true},
		{"no time", `{"channel":"custom","id":"a","brand":"b","key":"c"}`, true},
	} {
		if got, mine, err := DecodeNotice(c.body); mine != c.mine || (err != nil) != c.mine || got != (Notice{}) {
			t.Errorf("%s: %+v %v %v", c.name, got, mine, err)
		}
	}
}
