package console_test

import (
	"net/url"
	"testing"
	"time"

	"pronto/functions/console/work"
)

func TestWhoIsOnCall(t *testing.T) {
	w := open(t)
	var now, later work.OnCall
	w.ask("dora", "GET", "/api/v1/oncall", "").is(200).into(&now)
	if len(now.Brands) != 2 || !now.At.Equal(monday) || len(now.Brands[0].On) == 0 || now.Brands[0].On[0].Name == "" || now.Brands[0].Team.ID == "" {
		t.Fatalf("on call: %+v", now)
	}
	b := now.Brands[0]
	if b.Until == nil || len(b.Next) == 0 || !b.Until.After(monday) {
		t.Fatalf("nobody is next: %+v", b)
	}
	w.ask("dora", "GET", "/api/v1/oncall?brand="+b.Brand+"&at="+url.QueryEscape(b.Until.Format(time.RFC3339)), "").is(200).into(&later)
	if len(later.Brands) != 1 || len(later.Brands[0].On) == 0 || later.Brands[0].On[0] != b.Next[0] {
		t.Errorf("then it is %+v, and it was to be %+v", later.Brands, b.Next)
	}
	if rosa := now.Brands[1]; rosa.Brand != "other-air" || rosa.Until != nil || rosa.Next != nil {
		t.Errorf("a rota of one has a next: %+v", rosa)
	}
}

func TestTheAuditSaysWhoDidWhat(t *testing.T) {
	w := open(t)
	id := w.complaint()
	w.ask("marta", "POST", conv(id, "claim"), "").is(200)
	w.ask("ana", "POST", conv(id, "assign"), `{"to":"oleg"}`).is(200)
	w.ask("ana", "PUT", "/api/v1/silence", `{"on":true,"why":"Wrong hours."}`).is(200)
	w.Clock.Turn(time.Second)
	w.ask("ida", "PUT", "/api/v1/silence", `{"on":false}`).is(200)
	var a work.Audit
	w.ask("marta", "GET", "/api/v1/audit?conversation="+id, "").is(200).into(&a)
	if len(a.Items) != 3 || a.Items[0].Event != "assigned" || a.Items[0].By != "ana" || a.Items[1].By != "marta" || a.Items[2].Event != "received" || a.Items[2].By != "" || len(a.Items[2].Effects) == 0 || a.Cursor != "" {
		t.Errorf("the conversation's audit is %+v", a)
	}
	a = work.Audit{}
	w.ask("ana", "GET", "/api/v1/audit", "").is(200).into(&a)
	if len(a.Items) != 2 || a.Items[0].Event != "silence_lifted" || a.Items[0].By != "ida" || a.Items[1].Event != "silenced" || a.Items[1].Why[0] != "Wrong hours." {
		t.Errorf("the brand's audit is %+v", a)
	}
}
