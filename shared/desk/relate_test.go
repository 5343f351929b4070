package desk_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"pronto/shared/desk"
)

// Two that have to do with each other name each other, on two channels or one, until an agent says that they have not. Nothing that is owed moves by it.
func TestRelatedConversationsNameEachOther(t *testing.T) {
	p, now := rules(t, ""), monday.Add(15*time.Minute)
	a, b := matter(p, "a", "Where is my bag?", monday), matter(p, "b", "My bag broke.", monday.Add(time.Minute))
	b.Channel = "bluesky"
	say := func(a, b *desk.Conversation, apart bool) desk.Decision {
		ev := desk.Related{Act: on(*a), Other: "b", Apart: apart}
		if b != nil {
			ev.Beside = b.Ref
		}
		return desk.Decide(desk.Facts{Conversation: a, Beside: b}, ev, p, now)
	}
	d := say(&a, &b, false)
	if d.Refused != "" || d.Beside == nil || !slices.Equal(d.Conversation.Related, []string{"b"}) || !slices.Equal(d.Beside.Conversation.Related, []string{"a"}) {
		t.Fatalf("related: %+v", d)
	}
	for _, x := range [][2]desk.Conversation{{a, d.Conversation}, {b, d.Beside.Conversation}} {
		was, is := x[0], x[1]
		if is.Status != was.Status || !is.Promise.By.Equal(was.Promise.By) || !is.Next.Equal(*was.Next) || len(is.Targets) != len(was.Targets) || is.Version != was.Version+1 || len(is.Related) != 1 {
			t.Errorf("it was %+v and is %+v", was, is)
		}
	}
	if len(d.Effects)+len(d.Beside.Effects) > 0 {
		t.Errorf("it orders %+v", d.Effects)
	}
	a, b = d.Conversation, d.Beside.Conversation
	if again := say(&a, &b, false); !again.Nothing || again.Refused != "" {
		t.Errorf("said twice: %+v", again)
	}

	// What b is merged into is related in its place, and can be parted by either name.
	c := matter(p, "c", "Hello?", monday)
	c.Channel = b.Channel
	f, ev := merging(c, b)
	m := desk.Decide(f, ev, p, now)
	c = m.Beside.Conversation
	if !slices.Equal(c.Related, []string{"a"}) {
		t.Fatalf("merged: %v", c.Related)
	}
	if d = say(&a, &c, true); d.Nothing || len(d.Conversation.Related)+len(d.Beside.Conversation.Related) > 0 {
		t.Errorf("parted: %+v", d)
	}
	if d = say(&d.Conversation, &d.Beside.Conversation, true); !d.Nothing || d.Refused != "" {
		t.Errorf("parted twice: %+v", d)
	}

	// What is gone is taken off, and nothing is related to it.
	if d = say(&a, nil, true); d.Nothing || len(d.Conversation.Related) > 0 || d.Beside != nil {
		t.Errorf("parted from what is gone: %+v", d)
	}
	gone := desk.Parted{Subject: desk.Subject{Ref: a.Ref}, From: []string{"b"}}
	if d = desk.Decide(desk.Facts{Conversation: &a}, gone, p, now); d.Nothing || len(d.Conversation.Related) > 0 {
		t.Errorf("the other is forgotten: %+v", d)
	}
	if d = desk.Decide(desk.Facts{Conversation: &d.Conversation}, gone, p, now); !d.Nothing {
		t.Errorf("and again: %+v", d)
	}
	full := a
	full.Related = nil
	for i := range desk.MaxRelated {
		full.Related = append(full.Related, strconv.Itoa(i))
	}
	moved := m.Conversation
	for want, x := range map[desk.Refusal][2]*desk.Conversation{
		desk.NotFound: {&c, nil}, desk.SameConversation: {&a, &a}, desk.Moved: {&c, &moved}, desk.TooManyRelated: {&full, &c},
	} {
		if d := say(x[0], x[1], false); d.Refused != want || !d.Nothing {
			t.Errorf("%s: %+v", want, d)
		}
	}
}
