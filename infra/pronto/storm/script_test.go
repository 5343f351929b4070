package storm

import (
	"bytes"
	"encoding/json"
	"net/mail"
	"strings"
	"testing"

	"pronto/infra/pronto/storm/check"
)

var acme = house{address: "care@acme.example", domain: "acme.example", salt: 5}

func all(s *script) (letters []*letter) {
	for n := range s.waves {
		for _, from := range s.wave(n) {
			letters = append(letters, from...)
		}
	}
	return letters
}

// The same seed writes the same mails, and another seed others.
func TestScriptIsItsSeed(t *testing.T) {
	write := func(seed uint64) string {
		var b bytes.Buffer
		for _, l := range all(newScript(seed, acme, 80)) {
			b.WriteString(l.Name + l.envelope + "\n")
			if !l.Mention {
				b.WriteString(strings.Join(l.to(nil), ",") + "\n")
			}
			b.Write(l.raw(nil))
		}
		return b.String()
	}
	first := write(5)
	if again := write(5); again != first {
		t.Error("one seed wrote two scripts")
	}
	if first == write(6) {
		t.Error("two seeds wrote one script")
	}
}

func TestScriptHasEverything(t *testing.T) {
	s := newScript(5, acme, 400)
	languages, felt, fates, waves, threads := map[string]bool{}, map[string]bool{}, map[check.Fate]bool{}, map[int]bool{}, 0
	for _, l := range all(s) {
		languages[l.Language], felt[l.Mood], waves[l.wave] = true, true, true
		for _, f := range l.Fates {
			fates[f] = true
		}
		if l.Follows != nil {
			threads++
		}
	}
	for _, l := range tongues {
		if !languages[l] {
			t.Errorf("nobody writes in %s", l)
		}
	}
	for _, m := range missing(felt) {
		t.Errorf("nobody is %s", m)
	}
	for _, m := range machines {
		if !fates[m.fate] {
			t.Errorf("no mail is %s", m.fate)
		}
	}
	for _, f := range []check.Fate{"suppressed:bot", "suppressed:own_address", "suppressed:opted_out", "suppressed:withdrawn", check.Nothing} {
		if !fates[f] {
			t.Errorf("no mention is %s", f)
		}
	}
	if len(waves) != s.waves || threads < 20 || !fates[check.Own] || !fates[check.Repeated] {
		t.Errorf("%d waves, %d mails in threads, fates %v", len(waves), threads, fates)
	}
}

// missing are the moods that nobody has.
func missing(have map[string]bool) (none []string) {
	for _, m := range moods {
		if !have[m] {
			none = append(none, m)
		}
	}
	return none
}

// A receipt is found by address and id, and an echo by its canary: all must be of one mail alone.
func TestScriptIsUnambiguous(t *testing.T) {
	type key struct{ from, id string }
	keys, canaries := map[key]string{}, map[string]string{}
	for _, l := range all(newScript(5, acme, 400)) {
		k := key{l.From, l.MessageID}
		if other := keys[k]; other != "" && l.From != acme.address {
			t.Errorf("%s and %s have one address and id", l.Name, other)
		}
		keys[k] = l.Name
		for i, c := range l.Canaries {
			if other := canaries[c]; other != "" && i < 2 && l.Fates[0] != check.Repeated {
				t.Errorf("%s and %s have one canary", l.Name, other)
			}
			canaries[c] = l.Name
		}
	}
}

// What must be read by the desk can be read by others; the canaries are in it.
func TestLettersAreMails(t *testing.T) {
	receipt := &check.Piece{MessageID: "0100@eu.amazonses.com", ReplyTo: "r+abc@reply.acme.example", Text: "Thank you.\nAna"}
	for _, l := range all(newScript(5, acme, 200)) {
		if l.Mention {
			continue
		}
		raw := l.raw(receipt)
		m, err := mail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatalf("%s: %v", l.Name, err)
		}
		if got := strings.Trim(m.Header.Get("Message-Id"), "<>"); got != l.MessageID {
			t.Errorf("%s: Message-ID %q, want %q", l.Name, got, l.MessageID)
		}
		if list, err := mail.ParseAddressList(m.Header.Get("From")); err != nil || list[0].Address != l.From {
			t.Errorf("%s: From %q, want %s", l.Name, m.Header.Get("From"), l.From)
		}
		if bytes.Contains(bytes.ReplaceAll(raw, []byte("\r\n"), nil), []byte("\n")) {
			t.Errorf("%s: a line ends without CR", l.Name)
		}
		if l.Fates[0] != check.Repeated && !bytes.Contains(raw, []byte(l.Canaries[0])) {
			t.Errorf("%s: its canary is not in it", l.Name)
		}
		if l.Answers && (m.Header.Get("In-Reply-To") != "<0100@eu.amazonses.com>" || l.to(receipt)[0] != receipt.ReplyTo || !bytes.Contains(raw, []byte("\r\n> Ana"))) {
			t.Errorf("%s does not answer the receipt", l.Name)
		}
		if l.Answers && l.to(nil)[0] != acme.address {
			t.Errorf("%s: without a receipt it goes to %v", l.Name, l.to(nil))
		}
	}
}

// A mention answers the receipt by its delivery id, or the mention before it; an echo is nothing but the receipt.
func TestMentionsArePosts(t *testing.T) {
	receipt := &check.Piece{MessageID: "c1-000001-0", Text: "Thank you.\nAna"}
	echoes, answers, changes := 0, 0, map[string]int{}
	for _, l := range all(newScript(5, acme, 200)) {
		if !l.Mention {
			continue
		}
		var v mention
		if l.Fates[0] == check.Nothing && !strings.HasPrefix(l.Name, "mention") {
			t.Errorf("%s is no post", l.Name)
		}
		if l.Fates[0] == check.Nothing && strings.Contains(l.Name, "echo") {
			if err := json.Unmarshal(l.raw(receipt), &v); err != nil || v.ID != receipt.MessageID || v.Text != receipt.Text || l.raw(nil) != nil {
				t.Errorf("%s: %v, %+v", l.Name, err, v)
			}
			echoes++
			continue
		}
		if l.Fates[0] == check.Nothing { // a change
			var c struct{ ID, Event, Text string }
			if err := json.Unmarshal(l.raw(nil), &c); err != nil || !strings.HasPrefix(l.MessageID, c.ID+"-") || len(l.Canaries) > 0 && !strings.Contains(c.Text, l.Canaries[0]) {
				t.Errorf("%s: %v, %+v", l.Name, err, c)
			}
			changes[c.Event]++
			continue
		}
		if err := json.Unmarshal(l.raw(nil), &v); err != nil || v.ID != l.MessageID || v.Author.Handle != l.From || v.CreatedAt.IsZero() {
			t.Errorf("%s: %v, %+v", l.Name, err, v)
		}
		for _, c := range l.Canaries {
			if !strings.Contains(v.Text, c) {
				t.Errorf("%s: its canary is not in it", l.Name)
			}
		}
		if l.Follows == nil {
			continue
		}
		answers++
		before := v.InReplyTo
		if err := json.Unmarshal(l.raw(receipt), &v); err != nil || before != l.Follows.MessageID || v.InReplyTo != receipt.MessageID {
			t.Errorf("%s answers %q and %q: %v", l.Name, before, v.InReplyTo, err)
		}
	}
	if echoes == 0 || answers == 0 || changes["edited"] == 0 || changes["deleted"] == 0 {
		t.Errorf("%d echoes, %d answers, changes %v", echoes, answers, changes)
	}
}

func TestRead(t *testing.T) {
	texts := read()
	for _, l := range tongues {
		for _, m := range moods {
			if got := texts[l+" "+m]; len(got.subject) < 5 || len(got.body) < 80 || strings.Contains(got.body, "= ") {
				t.Errorf("%s %s: %q", l, m, got)
			}
		}
	}
}
