package intake

import (
	"testing"

	"pronto/shared/mail"
)

// One mailbox under many spellings is one sender, and one domain under many hosts is one domain.
func TestSpellingsCostTheirOwner(t *testing.T) {
	for in, want := range map[string]string{
		"ana+shop@customer.example": "ana@customer.example", "A.N.A+x@googlemail.com": "ana@gmail.com", "a.b@customer.example": "a.b@customer.example", "+x@customer.example": "+x@customer.example",
	} {
		if got := mail.Mailbox(in); got != want {
			t.Errorf("%s is %s, want %s", in, got, want)
		}
	}
	for in, want := range map[string]string{"u@s1.ev.example": "ev.example", "u@shop.co.uk": "shop.co.uk", "u@a.b.shop.co.uk": "shop.co.uk", "u@localhost": "localhost"} {
		if got := organisation(in); got != want {
			t.Errorf("%s is of %s, want %s", in, got, want)
		}
	}
}
