package reply

import (
	"fmt"
	"strings"
)

// Ratings is how many answers a survey offers, from the best to the worst: the first is worth as many.
const Ratings = 5

// Survey is the wording of the one question after a resolution, of its mail and of the page on which it is answered.
type Survey struct {
	Subject   string   `yaml:"subject"`
	Question  string   `yaml:"question"`
	Answers   []string `yaml:"answers"`   // Ratings of them, from the best to the worst
	Automatic string   `yaml:"automatic"` // says that nobody wrote it, who reads a reply, and how to get no more: {stop} is required
	Comment   string   `yaml:"comment"`   // beside the field for a few words
	Send      string   `yaml:"send"`      // on the button, without which nothing is recorded
	Thanks    string   `yaml:"thanks"`    // when it is recorded
	Over      string   `yaml:"over"`      // when its time is over
}

// Answer is the wording of a rating from 1, the worst, to Ratings; "" for any other.
func (s Survey) Answer(rating int) string {
	if rating < 1 || rating > Ratings || len(s.Answers) != Ratings {
		return ""
	}
	return s.Answers[Ratings-rating]
}

// Check returns the breaches of the rules of a survey's words, each as the field, what is wrong and what to do.
func (s Survey) Check() []string {
	var all []string
	for _, f := range []field{
		{"subject", s.Subject, "", "{brand}", false, 150},
		{"question", s.Question, "", "{agent} {brand}", true, 500},
		{"automatic", s.Automatic, "{stop}", "{agent} {brand} {stop}", true, 500},
		{"comment", s.Comment, "", "{brand}", false, 150},
		{"send", s.Send, "", "{brand}", false, 40},
		{"thanks", s.Thanks, "", "{brand}", false, 300},
		{"over", s.Over, "", "{brand}", false, 300},
	} {
		for _, breach := range f.breaches() {
			all = append(all, f.name+": "+breach)
		}
	}
	if len(s.Answers) != Ratings {
		return append(all, fmt.Sprintf("answers: there are %d: write %d, from the best to the worst", len(s.Answers), Ratings))
	}
	seen := map[string]bool{}
	for i, a := range s.Answers {
		for _, breach := range (field{"answers", a, "", "", false, 60}).breaches() {
			all = append(all, fmt.Sprintf("answers: number %d: %s", i+1, breach))
		}
		if seen[a] {
			all = append(all, "answers: two are the same: nobody could tell them apart")
		}
		seen[a] = true
	}
	return all
}

// Asking is what one survey's mail has to say.
type Asking struct {
	Language string
	Name     string // the contact's as written; used only when PlainName accepts it
	Agent    string // who signs; "" for the team
	Brand    string
	Stop     string           // the word that ends all automatic mail
	Link     func(int) string // the address that answers with a rating
	Footer   string
}

// Ask renders a survey's mail, in the brand's greeting and closing. It says that it is automatic, and repeats nothing of what was written but a plain name.
func Ask(t Template, s Survey, a Asking) Rendered {
	brand := oneLine(a.Brand)
	v := values{agent: oneLine(a.Agent), brand: brand}
	if v.agent == "" {
		v.agent, v.team = team(t, brand), true
	}
	greeting := t.Hello
	if name, plain := PlainName(a.Name); plain {
		v.name, greeting = name, t.Greeting
	}
	l := letter{
		subject:    oneLine(fill(s.Subject, v)),
		paragraphs: append([]string{oneLine(fill(greeting, v))}, paragraphs(fill(s.Question, v))...),
		automatic:  oneLine(fill(strings.ReplaceAll(s.Automatic, "{stop}", oneLine(a.Stop)), v)),
		signature:  signature(oneLine(fill(t.Closing, v)), v),
		footer:     lines(a.Footer),
	}
	for rating := Ratings; rating > 0; rating-- {
		l.choices = append(l.choices, choice{oneLine(s.Answer(rating)), a.Link(rating)})
	}
	return Rendered{Subject: l.subject, Text: l.text(), HTML: l.html(oneLine(base(a.Language)))}
}

// Page fills the brand's name into a sentence of a survey's page.
func (s Survey) Page(sentence, agent, brand string) string {
	return oneLine(fill(sentence, values{agent: oneLine(agent), brand: oneLine(brand)}))
}

// choice is an answer that a link gives.
type choice struct{ words, link string }

func (c choice) text() string { return "* " + c.words + "\n  " + c.link + "\n" }

func (c choice) html() string {
	return `<p style="margin:0 0 8px 0"><a href="` + escape(c.link) + `">` + escape(c.words) + "</a></p>\n"
}

// BuiltinSurvey returns the product's own wording for a language, and whether there is one. The rules of Builtin hold for the sentences.
func BuiltinSurvey(lang string) (Survey, bool) {
	s, ok := surveys[base(lang)]
	return s, ok
}

var surveys = map[string]Survey{
	"en": {
		Subject:   "How did {brand} do?",
		Question:  "Not long ago you wrote to us and had an answer. How satisfied are you with how we dealt with your message?",
		Answers:   []string{"Very satisfied", "Satisfied", "Neither satisfied nor dissatisfied", "Dissatisfied", "Very dissatisfied"},
		Automatic: "This question was sent automatically. If you reply to this mail, {agent} will read it; if you reply {stop}, we will send you no more automatic mail.",
		Comment:   "Why, if you like to tell us", Send: "Send my answer",
		Thanks: "Thank you, we have your answer. You may change it as long as this page can be opened.",
		Over:   "The time for answering this question is over. If there is anything else, simply reply to our mail.",
	},
	"it": {
		Subject:   "{brand}: com'è andata?",
		Question:  "qualche tempo fa ci ha scritto e ha ricevuto una risposta. Quanto è soddisfatto o soddisfatta di come abbiamo gestito il suo messaggio?",
		Answers:   []string{"Molto bene", "Bene", "Né bene né male", "Male", "Molto male"},
		Automatic: "Questa domanda è stata inviata automaticamente. Se risponde a questa mail, {agent} leggerà la sua risposta; se risponde {stop}, non le invieremo altre mail automatiche.",
		Comment:   "Vuole dirci perché? (facoltativo)", Send: "Invia la risposta",
		Thanks: "Grazie, abbiamo ricevuto la sua risposta. Può cambiarla finché questa pagina si apre.",
		Over:   "Il tempo per rispondere a questa domanda è scaduto. Per qualsiasi altra cosa basta rispondere alla nostra mail.",
	},
	"es": {
		Subject:   "{brand}: ¿qué tal lo hemos hecho?",
		Question:  "Hace poco nos escribió y recibió una respuesta. ¿Qué le ha parecido cómo atendimos su mensaje?",
		Answers:   []string{"Muy bien", "Bien", "Ni bien ni mal", "Mal", "Muy mal"},
		Automatic: "Esta pregunta se ha enviado automáticamente. Si responde a este correo, {agent} leerá su respuesta; si responde {stop}, no le enviaremos más correos automáticos.",
		Comment:   "¿Quiere decirnos por qué? (opcional)", Send: "Enviar mi respuesta",
		Thanks: "Gracias, hemos recibido su respuesta. Puede cambiarla mientras esta página se abra.",
		Over:   "El plazo para responder a esta pregunta ha terminado. Si necesita algo más, responda a nuestro correo.",
	},
	"fr": {
		Subject:   "{brand}\u00a0: votre avis",
		Question:  "Vous nous avez écrit il y a peu et vous avez reçu une réponse. Comment jugez-vous la façon dont nous avons traité votre message\u00a0?",
		Answers:   []string{"Très bien", "Bien", "Ni bien ni mal", "Mal", "Très mal"},
		Automatic: "Cette question a été envoyée automatiquement. Si vous répondez à ce courriel, {agent} lira votre réponse\u00a0; si vous répondez {stop}, nous ne vous enverrons plus de courriel automatique.",
		Comment:   "Souhaitez-vous nous dire pourquoi\u00a0? (facultatif)", Send: "Envoyer ma réponse",
		Thanks: "Merci, nous avons bien reçu votre réponse. Vous pouvez la modifier tant que cette page s'ouvre.",
		Over:   "Le délai pour répondre à cette question est passé. Pour toute autre chose, il suffit de répondre à notre courriel.",
	},
	"de": {
		Subject:   "{brand}: Wie war es?",
		Question:  "vor Kurzem haben Sie uns geschrieben und eine Antwort erhalten. Wie zufrieden sind Sie damit, wie wir uns um Ihre Nachricht gekümmert haben?",
		Answers:   []string{"Sehr zufrieden", "Zufrieden", "Weder noch", "Unzufrieden", "Sehr unzufrieden"},
		Automatic: "Diese Frage wurde automatisch gesendet. Wenn Sie auf diese Mail antworten, liest {agent} Ihre Antwort; wenn Sie mit {stop} antworten, senden wir Ihnen keine automatischen Mails mehr.",
		Comment:   "Möchten Sie uns sagen, warum? (freiwillig)", Send: "Antwort senden",
		Thanks: "Vielen Dank, wir haben Ihre Antwort erhalten. Sie können sie ändern, solange sich diese Seite öffnet.",
		Over:   "Die Zeit für diese Frage ist abgelaufen. Für alles Weitere antworten Sie einfach auf unsere Mail.",
	},
	"pt": {
		Subject:   "{brand}: como fomos?",
		Question:  "Há pouco tempo nos escreveu e recebeu uma resposta. O que achou da forma como cuidamos da sua mensagem?",
		Answers:   []string{"Muito boa", "Boa", "Nem boa nem má", "Má", "Muito má"},
		Automatic: "Esta pergunta foi enviada automaticamente. Se responder a este e-mail, {agent} vai ler a sua resposta; se responder {stop}, não enviaremos mais e-mails automáticos.",
		Comment:   "Quer dizer-nos porquê? (opcional)", Send: "Enviar a minha resposta",
		Thanks: "Obrigado, recebemos a sua resposta. Pode alterá-la enquanto esta página abrir.",
		Over:   "O prazo para responder a esta pergunta terminou. Para qualquer outra coisa, basta responder ao nosso e-mail.",
	},
	"ru": {
		Subject:   "{brand}: всё ли было хорошо?",
		Question:  "Недавно вы написали нам и получили ответ. Довольны ли вы тем, как мы занимались вашим обращением?",
		Answers:   []string{"Да, вполне", "Скорее да", "И да, и нет", "Скорее нет", "Совсем нет"},
		Automatic: "Этот вопрос отправлен автоматически. Если вы ответите на это письмо, его прочитает {agent}; если вы ответите {stop}, автоматических писем больше не будет.",
		Comment:   "Хотите сказать почему? (по желанию)", Send: "Отправить ответ",
		Thanks: "Спасибо, ваш ответ получен. Его можно изменить, пока эта страница открывается.",
		Over:   "Время для ответа на этот вопрос истекло. Если есть что-то ещё, просто ответьте на наше письмо.",
	},
}
