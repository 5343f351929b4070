package mail

import "testing"

func TestNewText(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"nothing quoted", "My bag is lost.\n\n\nPlease help.", "My bag is lost.\n\nPlease help."},
		{"English", "Thanks!\n\nOn Sun, 29 Mar 2026 at 10:00, Ana <care@acme.example> wrote:\n> We look into it.", "Thanks!"},
		{"wrapped", "Thanks!\n\nOn Sun, 29 Mar 2026 at 10:00, Ana at Acme Air\n<care@acme.example>\nwrote:\n\n> We look.", "Thanks!"},
		{"Italian", "Grazie!\n\nIl giorno dom 29 mar 2026 alle ore 10:00 Ana <care@acme.example> ha scritto:\n> Ok.", "Grazie!"},
		{"Spanish", "Gracias\n\nEl dom, 29 mar 2026 a las 10:00, Ana (<care@acme.example>) escribió:\n> Ok.", "Gracias"},
		{"French, with its space", "Merci\n\nLe dim. 29 mars 2026 à 10:00, Ana <care@acme.example> a écrit\u00a0:\n> Ok.", "Merci"},
		{"German", "Danke\n\nAm So., 29. März 2026 um 10:00 Uhr schrieb Ana <care@acme.example>:\n> Ok.", "Danke"},
		{"Portuguese", "Obrigado\n\nEm dom., 29 de mar. de 2026 às 10:00, Ana <care@acme.example> escreveu:\n> Ok.", "Obrigado"},
		{"Russian", "Спасибо\n\nвс, 29 мар. 2026 г. в 10:00, Ana <care@acme.example>:\n> Ок.", "Спасибо"},
		{"Russian with verb", "Спасибо\n\n29 марта 2026 г., 10:00, Ana пишет:\n> Ок.", "Спасибо"},
		{"not marked as quote", "Thanks!\n\nOn 29 Mar 2026, at 10:00, Ana wrote:\n\nWe look into it.\nAna", "Thanks!"},
		{"below the quote", "On 29 Mar 2026 Ana wrote:\n> Which flight?\n\nFlight 7.", "Flight 7."},
		{"between the quotes", "> Which flight?\nFlight 7.\n> Which day?\nSunday.", "Flight 7.\nSunday."},
		{"Outlook", "Thanks!\n\n________________________________\nFrom: Ana <care@acme.example>\nSent: Sunday, 29 March 2026 10:00\nTo: Giulia\nSubject: Bag\n\nWe look.", "Thanks!"},
		{"Outlook, German, bold", "Danke\n\n*Von:* Ana\n*Gesendet:* Sonntag\n*An:* Giulia\n*Betreff:* Koffer\n\nWir suchen.", "Danke"},
		{"a divider", "Grazie\n\n-----Messaggio originale-----\nCerchiamo.", "Grazie"},
		{"signature kept", "Thanks!\n-- \nGiulia\n+39 000", "Thanks!\n-- \nGiulia\n+39 000"},
		{"a person's own words", "On Monday your agent wrote:\nwe will call.\nNobody called.", "On Monday your agent wrote:\nwe will call.\nNobody called."},
		{"a letter with From", "From: Milan\nTo: Rome\nI want a refund.", "From: Milan\nTo: Rome\nI want a refund."},
		{"only a quote: in doubt all", "> Which flight?", "> Which flight?"},
		{"a forward: the matter is below", "From: Shop <s@shop.example>\nSent: Sunday\nTo: Giulia\n\nYour bag is here.", "From: Shop <s@shop.example>\nSent: Sunday\nTo: Giulia\n\nYour bag is here."},
		{"empty", "", ""},
	} {
		if got := newText(c.text); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
