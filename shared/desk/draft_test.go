package desk

import (
	"slices"
	"testing"
	"time"
)

// What is only ticked beside is no draft; what somebody has typed or uploaded is.
func TestWhatIsADraft(t *testing.T) {
	for what, x := range map[string]struct {
		of    string
		d     Draft
		empty bool
	}{
		"nothing":                        {DraftReply, Draft{}, true},
		"blanks, a tick and a time":      {DraftReply, Draft{Text: " \n", Then: []string{"resolve"}, Cc: []string{"x@home.example"}, Later: "2026-11-23T10:00"}, true},
		"a word":                         {DraftNote, Draft{Text: "Hm"}, false},
		"a file":                         {DraftReply, Draft{Files: []DraftFile{{Upload: "u"}}}, false},
		"an address for a copy":          {DraftReply, Draft{CcMore: "x@home.example"}, false},
		"to whom it would be forwarded":  {DraftForward, Draft{To: "x@home.example"}, false},
		"what would be forwarded":        {DraftForward, Draft{Messages: []string{"m"}, WithAddress: true}, true},
		"who would get the conversation": {DraftHandover, Draft{To: "oleg"}, true},
		"to whom a letter goes":          {DraftLetter, Draft{To: "x@home.example"}, false},
		"what it is about":               {DraftLetter, Draft{Subject: "Your flight"}, false},
		"a letter's language":            {DraftLetter, Draft{Language: "it"}, true},
	} {
		if got := x.d.Empty(x.of); got != x.empty {
			t.Errorf("%s: empty is %v", what, got)
		}
	}
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	a, b := Draft{At: at, Text: "Dear Ada,", Then: []string{}, Files: []DraftFile{{Upload: "1"}}}, Draft{At: at.Add(time.Hour), Text: "It is red.", To: "x@home.example", Files: []DraftFile{{Upload: "2"}}}
	if !a.Same(Draft{Text: "Dear Ada,", Files: []DraftFile{{Upload: "1"}}}) || a.Same(b) || a.Then == nil {
		t.Error("when it was kept, and an empty list, make it another")
	}
	if both := a.With(b); both.Text != "Dear Ada,\n\nIt is red." || len(both.Files) != 2 || both.To != b.To || !both.At.Equal(b.At) || len(a.Files) != 1 {
		t.Errorf("together: %+v", both)
	}
	// Where its conversation was merged, the files of the other stay behind by name, once; who has a copy of either has one.
	a.Cc, a.CcMore, b.Cc, b.CcMore, b.Then = []string{"x@home.example"}, "y@home.example", []string{"x@home.example", "z@home.example"}, "w@home.example", []string{"resolve"}
	b.Files, b.Messages = []DraftFile{{"2", "ticket.pdf", 9}, {"3", "ticket.pdf", 8}}, []string{"m"}
	both := a.With(b.Elsewhere())
	if len(both.Files) != 1 || !slices.Equal(both.Behind, []string{"ticket.pdf"}) || !slices.Equal(both.Cc, b.Cc) || both.CcMore != "y@home.example, w@home.example" || !slices.Equal(both.Then, b.Then) || both.Messages != nil || len(a.Cc) != 1 {
		t.Errorf("merged: %+v", both)
	}
	if (Draft{Files: b.Files}).Elsewhere().Empty(DraftReply) {
		t.Error("what stayed behind is not told")
	}
	for about, contact := range map[string]string{ALetter(""): "", ALetter("abc"): "abc"} {
		if got, ok := LetterTo(about); !ok || got != contact {
			t.Errorf("%s is a letter to %q: %v", about, got, ok)
		}
	}
	if _, ok := LetterTo("writeabcdefghijk"); ok { // as a conversation may be called
		t.Error("a conversation is a letter")
	}
}
