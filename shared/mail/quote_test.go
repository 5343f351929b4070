package mail

import (
	"fmt"
	"strings"
	"testing"
)

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
		{"signature", "Thanks!\n-- \nGiulia\n+39 000", "Thanks!"},
		{"a person's own words", "On Monday your agent wrote:\nwe will call.\nNobody called.", "On Monday your agent wrote:\nwe will call.\nNobody called."},
		{"a letter with From", "From: Milan\nTo: Rome\nI want a refund.", "From: Milan\nTo: Rome\nI want a refund."},
		{"only a quote: in doubt all", "> Which flight?", "> Which flight?"},
		{"a forward: the matter is below", "From: Shop <s@shop.example>\nSent: Sunday\nTo: Giulia\n\nYour bag is here.", "From: Shop <s@shop.example>\nSent: Sunday\nTo: Giulia\n\nYour bag is here."},
		{"empty", "", ""},
	} {
		if got := splitText(c.text, "").New; got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// What a mail program marks as quoted in HTML is known in any language; answers that stand between quotes are the sender's.
func TestQuotesInHTML(t *testing.T) {
	for _, c := range []struct{ name, html, reply, own string }{
		{"Gmail", `<div>Thanks!</div><div class="gmail_quote"><div class="gmail_attr">søn. 29. mar. 2026 kl. 10:00 Ana sa:<br></div><blockquote class="gmail_quote">We look.</blockquote></div>`,
			"Thanks!", "Thanks!"},
		{"Gmail, in English", `<div>Thanks!</div><div class="gmail_quote"><div class="gmail_attr">On Sun, 29 Mar 2026 at 10:00 Ana &lt;<a href="mailto:care@acme.example">care@acme.example</a>&gt; wrote:<br></div><blockquote class="gmail_quote">We look.</blockquote></div>`,
			"Thanks!", "Thanks!"},
		{"Gmail, interleaved", `<div class="gmail_quote"><blockquote class="gmail_quote">Which flight?</blockquote><div>Flight 7.</div><blockquote class="gmail_quote">Which day?</blockquote><div>Sunday.</div></div>`,
			">\n> Which flight?\n\nFlight 7.\n\n>\n> Which day?\n\nSunday.", "Flight 7.\n\nSunday."},
		{"Yahoo, in Greek", `<div>Thanks!</div><div id="yahoo_quoted_1" class="yahoo_quoted"><div>Στις Κυριακή ο χρήστης Ana έγραψε:</div><div>We look.</div></div>`, "Thanks!", "Thanks!"},
		{"Outlook, in Finnish", `<div>Thanks!</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>Lähettäjä:</b> Ana<br><b>Lähetetty:</b> sunnuntai<br></div><div>We look.</div>`, "Thanks!", "Thanks!"},
		{"Outlook, quoted again", `<p>Thanks!</p><div id="x_divRplyFwdMsg">Ana</div><div>We look.</div>`, "Thanks!", "Thanks!"},
		{"Apple", `<div>Thanks!</div><div><br><blockquote type="cite"><div>On 29 Mar 2026, at 10:00, Ana wrote:</div><div>We look.</div></blockquote></div>`, "Thanks!", "Thanks!"},
		{"nothing but a quote", `<div class="yahoo_quoted">We look.</div>`, ">\n> We look.\n>", ">\n> We look.\n>"},
		{"no quote", `<div class="gmail_default">Thanks!</div>`, "Thanks!", "Thanks!"},
	} {
		m := parsed(t, "From: a@c.example\nSubject: Re: Bag\nContent-Type: text/html; charset=utf-8\n\n"+c.html)
		if m.Reply != c.reply || m.New != c.own {
			t.Errorf("%s: shows %q, judges %q; want %q, %q; of %q", c.name, m.Reply, m.New, c.reply, c.own, m.Text)
		}
	}
}

// Where the plain alternative does not show what is quoted, the HTML does.
func TestTheHTMLTellsWhatThePlainTextDoesNot(t *testing.T) {
	const mail = "From: a@c.example\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n%s\n--b\nContent-Type: text/html; charset=utf-8\n\n%s\n--b--\n"
	m := parsed(t, fmt.Sprintf(mail, "Kiitos!\n\nLähettäjä: Ana\nAihe: Laukku\n\nWe look.", `<p>Kiitos!</p><div id="divRplyFwdMsg">Lähettäjä: Ana<br>Aihe: Laukku</div><p>We look.</p>`))
	if m.Reply != "Kiitos!" || m.New != "Kiitos!" || !strings.Contains(m.Text, "We look.") {
		t.Errorf("shows %q, judges %q", m.Reply, m.New)
	}
}

// An answer's own words are judged, and are shown with what they answer; what is forwarded is judged and shown, for the desk has not seen it.
func TestReplyAndForward(t *testing.T) {
	for _, c := range []struct{ name, subject, text, reply, own string }{
		{"interleaved", "Re: Bag", "> Which flight?\nFlight 7.\n> Which day?\nSunday.\n-- \nGiulia", "> Which flight?\nFlight 7.\n> Which day?\nSunday.", "Flight 7.\nSunday."},
		{"forwarded", "Fwd: Bag", "What is this?\n\n---------- Forwarded message ---------\nFrom: Shop <s@shop.example>\nDate: Sunday\nTo: Giulia\nSubject: Bag\n\nYour bag is lost.",
			"", "What is this?\n\n---------- Forwarded message ---------\nFrom: Shop <s@shop.example>\nDate: Sunday\nTo: Giulia\nSubject: Bag\n\nYour bag is lost."},
		{"forwarded by Outlook", "WG: Koffer", "Was ist das?\n\nVon: Shop\nGesendet: Sonntag\nAn: Giulia\nBetreff: Koffer\n\nIhr Koffer ist weg.",
			"", "Was ist das?\n\nVon: Shop\nGesendet: Sonntag\nAn: Giulia\nBetreff: Koffer\n\nIhr Koffer ist weg."},
		{"forwarded by Apple", "I: Valigia", "Cos'è?\n\nInizio messaggio inoltrato:\n\n> Da: Negozio\n> La valigia è persa.", "", "Cos'è?\n\nInizio messaggio inoltrato:\n\nDa: Negozio\nLa valigia è persa."},
		{"answered by Outlook", "AW: Koffer", "Danke\n\nVon: Ana\nGesendet: Sonntag\nAn: Giulia\nBetreff: Koffer\n\nWir suchen.", "Danke", "Danke"},
	} {
		m := &Message{Subject: c.subject, Text: c.text}
		if c.reply == "" {
			c.reply = c.text
		}
		if reply, own, _ := m.reply(&body{hurry: func() {}}); reply != c.reply || own != c.own {
			t.Errorf("%s: shows %q, judges %q", c.name, reply, own)
		}
	}
}

func TestDevices(t *testing.T) {
	for _, s := range []string{
		"Sent from my iPhone", "Sent from Outlook for Android<https://aka.example/1>", "Get Outlook for iOS", "Inviato da iPhone", "Inviato dal mio Galaxy S9", "Scarica Outlook per iOS",
		"Enviado desde mi iPhone", "Obtener Outlook para Android", "Envoyé de mon iPhone", "Envoyé depuis mon appareil Galaxy", "Télécharger Outlook pour iOS", "Von meinem iPhone gesendet",
		"Gesendet von Mail für Windows", "Outlook für iOS beschaffen", "Enviado do meu iPhone", "Obter o Outlook para iOS", "Отправлено с iPhone", "Отправлено из мобильной Яндекс Почты",
		"Скачать Outlook для iOS",
	} {
		if !isDevice(s) {
			t.Errorf("%q is a telephone's", s)
		}
	}
	for _, s := range []string{
		"Sent from my desk, is much easier then my mobile phone.", "I sent it from Milan", "Enviado", "Inviato il modulo, da tre settimane nessuna risposta", "Отправлено, но не дошло",
		"Gesendet habe ich es am Montag", "Get a refund", "Von Rom nach Mailand, dann wurde der Koffer verschickt, sagen Sie",
	} {
		if isDevice(s) {
			t.Errorf("%q is a person's", s)
		}
	}
}

// FuzzReply: of any text, what is shown and judged is made of its own lines, is never empty where there are words, and taking it apart again changes little.
func FuzzReply(f *testing.F) {
	for _, s := range []string{
		"Thanks!\n\nOn Sun, 29 Mar 2026 at 10:00, Ana <care@acme.example> wrote:\n> We look.\n\n-- \nGiulia", "> a\nb\n> c\n", "```\n> a\n```\n--\nx",
		"Von: a\nGesendet: b\nAn: c\n\nd", "----\nFrom: a\nSent: b\nTo: c", "-Giulia Bianchi", "2026-03-29 10:00 GMT+01:00 Ana <\na@b.example>:\n\n\n> x",
		"A> b\n>\n\n____\nc", "Sent from my iPhone\na b\nSent from my iPad", "---------- Forwarded message ---------\nFrom: a", "On 1.1.2026 <\n\n\n> wrote:",
	} {
		f.Add(s, "Re: x")
		f.Add(s, "Fwd: x")
	}
	f.Fuzz(func(t *testing.T, text, subject string) {
		text = tidy(text)
		l := splitText(text, subject)
		if strings.TrimSpace(text) != "" && (strings.TrimSpace(l.Reply) == "" || strings.TrimSpace(l.New) == "") {
			t.Fatalf("nothing is left of %q: %+v", text, l)
		}
		if !strings.Contains(text, l.Reply) {
			t.Fatalf("%q is not a part of %q", l.Reply, text)
		}
	})
}
