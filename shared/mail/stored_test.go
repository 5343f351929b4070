package mail

import (
	"slices"
	"strings"
	"testing"
	"time"
)

const block = "Return-Path: <ada@home.example>\r\n" +
	"Received: from mx.home.example (mx.home.example [192.0.2.1])\r\n by inbound-smtp.eu-west-1.amazonaws.com with SMTP id o3vrnil0e2ic\r\n for care@acme.example;\r\n Mon, 23 Nov 2026 09:00:00 +0000 (UTC)\r\n" +
	"X-SES-Spam-Verdict: PASS\r\nX-SES-Virus-Verdict: PASS\r\n" +
	"Received-SPF: pass (spfCheck: domain of home.example) client-ip=192.0.2.1; envelope-from=ada@home.example; helo=mx;\r\n" +
	"Authentication-Results: amazonses.com;\r\n spf=pass (spfCheck: ok) client-ip=192.0.2.1;\r\n dkim=pass header.i=@home.example;\r\n dmarc=pass header.from=home.example;\r\n" +
	"X-SES-RECEIPT: AEFBQUFBQUF\r\nX-SES-DKIM-SIGNATURE: a=rsa-sha256;\r\n"

const theirs = "Received: from inner by mx.home.example; Mon, 23 Nov 2026 08:59:58 +0000\r\nFrom: ada@home.example\r\nTo: care@acme.example\r\nSubject: Hello\r\n\r\nHello.\r\n"

func TestStoredEnvelope(t *testing.T) {
	env, at, ok := Stored([]byte(block+theirs), "o3vrnil0e2ic")
	if !ok || !at.Equal(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)) || !slices.Equal(env.Recipients, []string{"care@acme.example"}) || env.MailFrom != "ada@home.example" {
		t.Fatalf("%+v %v %v", env, at, ok)
	}
	if env.Spam != Pass || env.Virus != Pass || env.SPF != Pass || env.DKIM != Pass || env.DMARC != Pass {
		t.Errorf("verdicts %+v", env)
	}
	m, err := Parse([]byte(block+theirs), DefaultLimits)
	if err != nil || !Aligned(m, env) {
		t.Errorf("not believed: %v", err)
	}
}

// Whatever a sender writes into a mail of his own is below SES's block, and above it stands nothing of his.
func TestNobodyForgesAStoredEnvelope(t *testing.T) {
	for name, c := range map[string]struct{ raw, id string }{
		"of another mail":      {block + theirs, "another"},
		"without an id":        {block + theirs, ""},
		"below another block":  {"Received: from x by inbound-smtp.eu-west-1.amazonaws.com with SMTP id real for care@acme.example; Mon, 23 Nov 2026 09:00:00 +0000 (UTC)\r\nX-SES-RECEIPT: x\r\n" + block + theirs, "o3vrnil0e2ic"},
		"of a relay's":         {strings.Replace(block, "inbound-smtp.eu-west-1.amazonaws.com", "mx.evil.example", 1) + theirs, "o3vrnil0e2ic"},
		"without its end":      {strings.Replace(block, "X-SES-RECEIPT", "X-Other", 1) + theirs, "o3vrnil0e2ic"},
		"fetched from a box":   {theirs, "o3vrnil0e2ic"},
		"with a date of words": {strings.Replace(block, "Mon, 23 Nov 2026 09:00:00 +0000 (UTC)", "yesterday", 1) + theirs, "o3vrnil0e2ic"},
	} {
		if env, _, ok := Stored([]byte(c.raw), c.id); ok {
			t.Errorf("%s: believed %+v", name, env)
		}
	}
	// A verdict that SES did not give is not taken from the sender's own fields.
	short := strings.Replace(block, "X-SES-Virus-Verdict: PASS\r\n", "", 1)
	short = short[:strings.Index(short, "Authentication-Results")] + short[strings.Index(short, "X-SES-RECEIPT"):]
	env, _, ok := Stored([]byte(short+"X-SES-Virus-Verdict: PASS\r\nAuthentication-Results: amazonses.com; spf=pass; dkim=pass; dmarc=pass\r\n"+theirs), "o3vrnil0e2ic")
	if !ok || env.Virus == Pass || env.SPF == Pass || env.DKIM == Pass || env.DMARC == Pass {
		t.Errorf("the sender's verdicts were taken: %v %+v", ok, env)
	}
	for verdict, want := range map[string]Verdict{"fail": Fail, "softfail": Fail, "none": Gray, "neutral": Gray} {
		if env, _, _ := Stored([]byte(strings.Replace(block, "dmarc=pass", "dmarc="+verdict, 1)+theirs), "o3vrnil0e2ic"); env.DMARC != want {
			t.Errorf("%s: %v", verdict, env.DMARC)
		}
	}
	if env, _, _ := Stored([]byte(strings.Replace(block, "dkim=pass header.i=@home.example;", "dkim=fail header.i=@home.example;\r\n dkim=pass header.i=@list.example;", 1)+theirs), "o3vrnil0e2ic"); env.DKIM == Pass {
		t.Error("of two signatures one failed, and it passed")
	}
}

func FuzzStored(f *testing.F) {
	f.Add([]byte(block+theirs), "o3vrnil0e2ic")
	f.Fuzz(func(t *testing.T, raw []byte, id string) {
		env, at, ok := Stored(raw, id)
		if ok && (len(env.Recipients) != 1 || at.IsZero()) {
			t.Errorf("%+v %v", env, at)
		}
	})
}
