package browser

import "testing"

// day lets an ordinary morning's mail come in.
func (h *house) morning() (angry string) {
	h.t.Helper()
	for _, m := range []struct{ from, name, subject, body string }{
		{"bruno@posta.example", "Bruno Salvi", "Grazie!", "Grazie mille al vostro equipaggio: un volo perfetto e persone gentilissime. Siete stati fantastici!"},
		{"elke@briefe.example", "Elke Brandt", "Rechnung", "Guten Tag,\n\nkönnten Sie mir bitte die Rechnung zu meiner Buchung noch einmal schicken?\n\nMit freundlichen Grüßen"},
		{"denis@courrier.example", "Denis Morel", "Remboursement", "J'attends mon remboursement depuis six semaines. C'est inadmissible, je suis très déçu de votre service."},
		{"hugo@lane.example", "Hugo Lane", "URGENT: locked out of check-in", "This is urgent: my flight leaves in two hours and the check-in does not work. Please help me immediately!"},
		{"carmen@correo.example", "Carmen Rios", "Equipaje de mano", "Buenos días:\n\n¿Puedo llevar una guitarra como equipaje de mano en el vuelo de mañana?\n\nUn saludo"},
		{"ada@home.example", "Ada Marsh", "Broken suitcase", "My suitcase arrived broken and nobody answers the phone. This is terrible service, I am very disappointed.\n\nI have been a customer for eleven years. Who pays for it?"},
	} {
		h.mail(m.from, m.name, m.from, m.subject, m.body)
	}
	for _, to := range []string{"bruno@posta.example", "elke@briefe.example", "denis@courrier.example", "hugo@lane.example", "carmen@correo.example"} {
		h.receipt(to)
	}
	return h.receipt("ada@home.example").Conversation
}

func TestLook(t *testing.T) {
	h := open(t)
	id := h.morning()
	for name, s := range map[string]screen{"wide": desktop, "phone": phone, "dark": {width: 1280, height: 860, dark: true}, "phone-dark": {width: 390, height: 844, phone: true, dark: true}} {
		p := h.sits(s)
		p.goes("/console")
		p.picture("choose-" + name)
		p.signsIn("marta")
		p.sees("Ada Marsh")
		p.picture("queue-" + name)
		p.goes("/console/conversations/" + id)
		p.picture("conversation-" + name)
		for _, path := range []string{"on-call", "day", "silence"} {
			p.goes("/console/" + path)
			p.picture(path + "-" + name)
		}
	}
}
