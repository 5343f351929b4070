package demo

import (
	"fmt"
	"mime"
	"strings"
	"time"
)

// letter is one mail of the demo.
type letter struct {
	title    string // what it is, for the reader of the terminal
	name     string // of the sender
	null     bool   // empty return path, as bounces have
	offset   int    // of the sender's clock, hours east of UTC
	subject  string
	headers  string // further fields, a line each
	kind     string // Content-Type; plain UTF-8 when empty
	body     string
	receipts bool // whether it may be acknowledged
}

// letters are what the demo sends, in this order.
func letters() []letter {
	return []letter{
		{
			title: "An angry customer, English", name: "Ada Marsh", offset: -5, subject: "Broken suitcase", receipts: true,
			body: "My suitcase arrived broken and nobody answers the phone. This is terrible service, I am very disappointed.\n",
		},
		{
			title: "Thanks, Italian", name: "Bruno Salvi", offset: 1, subject: "Grazie!", receipts: true,
			body: "Grazie mille al vostro equipaggio: un volo perfetto e persone gentilissime. Siete stati fantastici!\n",
		},
		{
			title: "A question, Spanish", name: "Carmen Ríos", offset: 1, subject: "Equipaje de mano", receipts: true,
			body: "Buenos días:\n\n¿Puedo llevar una guitarra como equipaje de mano en el vuelo de mañana?\n\nUn saludo\n",
		},
		{
			title: "A complaint, French", name: "Denis Morel", offset: 1, subject: "Remboursement", receipts: true,
			body: "J'attends mon remboursement depuis six semaines. C'est inadmissible, je suis très déçu de votre service.\n",
		},
		{
			title: "A question, German", name: "Elke Brandt", offset: 1, subject: "Rechnung", receipts: true,
			body: "Guten Tag,\n\nkönnten Sie mir bitte die Rechnung zu meiner Buchung noch einmal schicken?\n\nMit freundlichen Grüßen\n",
		},
		{
			title: "Thanks, Portuguese", name: "Filipa Nunes", offset: -3, subject: "Obrigada", receipts: true,
			body: "Muito obrigada pela ajuda no aeroporto. O atendimento foi excelente e a viagem maravilhosa!\n",
		},
		{
			title: "A complaint, Russian", name: "Галина Орлова", offset: 3, subject: "Задержка рейса", receipts: true,
			body: "Рейс задержали на пять часов, никто ничего не объяснил. Ужасный сервис, я очень недовольна.\n",
		},
		{
			title: "An urgent one, English", name: "Hugo Lane", offset: 0, subject: "URGENT: locked out of check-in", receipts: true,
			body: "This is urgent: my flight leaves in two hours and the check-in does not work. Please help me immediately!\n",
		},
		{
			title: "A garbled charset", name: "Irina Petrova", offset: 3, subject: "Билет", receipts: true,
			kind: "text/plain; charset=x-no-such-charset", // the bytes are windows-1251
			body: "\xc7\xe4\xf0\xe0\xe2\xf1\xf2\xe2\xf3\xe9\xf2\xe5, \xff \xed\xe5 \xef\xee\xeb\xf3\xf7\xe8\xeb\xe0 \xe1\xe8\xeb\xe5\xf2.\n",
		},
		{
			title: "A bounce", name: "Mail Delivery System", null: true, subject: "Undelivered Mail Returned to Sender",
			headers: "Auto-Submitted: auto-replied\n", kind: `multipart/report; report-type=delivery-status; boundary="b"`,
			body: "--b\nContent-Type: text/plain\n\nYour message could not be delivered.\n--b\nContent-Type: message/delivery-status\n\n" +
				"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; gone@mx.example\nAction: failed\nStatus: 5.1.1\n--b--\n",
		},
		{
			title: "An out-of-office reply", name: "Jonas Weber", offset: 1, subject: "Automatische Antwort: Ihr Flug",
			headers: "Auto-Submitted: auto-replied\nX-Auto-Response-Suppress: All\n",
			body:    "Ich bin bis Montag nicht im Büro.\n",
		},
		{
			title: "A newsletter", name: "Weekly Deals", offset: 1, subject: "This week: half price",
			headers: "List-Id: <deals.example>\nList-Unsubscribe: <mailto:off@deals.example>\nPrecedence: bulk\n",
			body:    "Everything must go. Only this week.\n",
		},
	}
}

// raw writes the letter as mail from an address to another.
func (l letter) raw(from, to, id string, now time.Time) []byte {
	kind := l.kind
	if kind == "" {
		kind = "text/plain; charset=utf-8"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "From: %s <%s>\nTo: <%s>\nSubject: %s\n", mime.QEncoding.Encode("utf-8", l.name), from, to, mime.QEncoding.Encode("utf-8", l.subject))
	fmt.Fprintf(&b, "Date: %s\nMessage-ID: <%s>\n", now.In(time.FixedZone("", l.offset*3600)).Format(time.RFC1123Z), id)
	fmt.Fprintf(&b, "%sMIME-Version: 1.0\nContent-Type: %s\nContent-Transfer-Encoding: 8bit\n\n%s", l.headers, kind, l.body)
	return []byte(strings.ReplaceAll(b.String(), "\n", "\r\n"))
}
