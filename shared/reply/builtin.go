package reply

import "strings"

// Builtin returns the product's own wording for a language (ISO 639-1; a region such as "pt-BR" is ignored), and whether there is one.
//
// The rules behind the sentences: {agent} is always the grammatical subject in the nominative and its verb has no gender, so that a person and a team
// both fit; {due} is an adverbial phrase that When completes; the address is the formal one; a solution is never promised.
func Builtin(lang string) (Template, bool) {
	switch base(lang) {
	case "en":
		return english, true
	case "it":
		return italian, true
	case "es":
		return spanish, true
	case "fr":
		return french, true
	case "de":
		return german, true
	case "pt":
		return portuguese, true
	case "ru":
		return russian, true
	}
	return Template{}, false
}

// base is the language without its region, in lower case: "pt_BR" is "pt".
func base(lang string) string {
	if i := strings.IndexAny(lang, "-_"); i >= 0 {
		lang = lang[:i]
	}
	return strings.ToLower(lang)
}

var english = Template{
	Subject:   "{brand} has received your message",
	Greeting:  "Hello {name},",
	Hello:     "Hello,",
	Negative:  "We are sorry for the trouble you have had, and we take it seriously. {agent} has your message and will answer you {due}.",
	Neutral:   "Thank you for writing to us. {agent} has your message and will answer you {due}.",
	Positive:  "Thank you so much for your kind words; they mean a lot to us. {agent} has your message and will answer you {due}.",
	FollowUp:  "We have added this to your conversation. {agent} has it too, and the time we gave you still holds: you will have an answer {due}.",
	Automatic: "This is an automatic receipt; {agent} will answer you personally.",
	Closing:   "Kind regards,",
	Team:      "the {brand} team",
}

// After the comma of the greeting an Italian letter goes on in lower case.
var italian = Template{
	Subject:   "{brand}: abbiamo ricevuto il suo messaggio",
	Greeting:  "Gentile {name},",
	Hello:     "Buongiorno,",
	Negative:  "ci dispiace per il disagio e prendiamo sul serio la sua segnalazione. {agent} ha in carico il suo messaggio e le risponderà {due}.",
	Neutral:   "grazie per averci scritto. {agent} ha in carico il suo messaggio e le risponderà {due}.",
	Positive:  "grazie di cuore per le sue belle parole: ci fanno davvero piacere. {agent} ha ricevuto il suo messaggio e le risponderà {due}.",
	FollowUp:  "abbiamo aggiunto il suo nuovo messaggio alla conversazione. {agent} ha in carico anche questo e il termine indicato resta valido: le risponderà {due}.",
	Automatic: "Questa è una conferma di ricezione automatica; {agent} le risponderà personalmente.",
	Closing:   "Un cordiale saluto,",
	Team:      "il team di {brand}",
}

var spanish = Template{
	Subject:   "{brand}: hemos recibido su mensaje",
	Greeting:  "Hola, {name}:",
	Hello:     "Hola:",
	Negative:  "Sentimos mucho las molestias y nos tomamos muy en serio su mensaje. {agent} ya lo tiene y le responderá {due}.",
	Neutral:   "Gracias por escribirnos. {agent} tiene su mensaje y le responderá {due}.",
	Positive:  "Muchas gracias por sus amables palabras: nos alegra mucho recibirlas. {agent} tiene su mensaje y le responderá {due}.",
	FollowUp:  "Hemos añadido su nuevo mensaje a la conversación. {agent} ya lo tiene y el plazo indicado se mantiene: le responderá {due}.",
	Automatic: "Este es un acuse de recibo automático; {agent} le responderá personalmente.",
	Closing:   "Un cordial saludo,",
	Team:      "el equipo de {brand}",
}

// French sets a no-break space before a colon and a semicolon.
var french = Template{
	Subject:   "{brand} a bien reçu votre message",
	Greeting:  "Bonjour {name},",
	Hello:     "Bonjour,",
	Negative:  "Nous regrettons sincèrement ce désagrément et nous prenons votre message très au sérieux. {agent} le prend en charge et vous répondra {due}.",
	Neutral:   "Merci de nous avoir écrit. {agent} s'occupe de votre message et vous répondra {due}.",
	Positive:  "Un grand merci pour vos mots chaleureux\u00a0: ils nous font vraiment plaisir. {agent} a bien reçu votre message et vous répondra {due}.",
	FollowUp:  "Votre nouveau message a été ajouté à la conversation. {agent} s'en occupe également et le délai annoncé ne change pas\u00a0: vous aurez une réponse {due}.",
	Automatic: "Ceci est un accusé de réception automatique\u00a0; {agent} vous répondra personnellement.",
	Closing:   "Bien cordialement,",
	Team:      "l'équipe {brand}",
}

// After the comma of the greeting a German letter goes on in lower case, and the closing takes no comma.
var german = Template{
	Subject:   "{brand} hat Ihre Nachricht erhalten",
	Greeting:  "Guten Tag {name},",
	Hello:     "Guten Tag,",
	Negative:  "es tut uns leid, dass Sie Unannehmlichkeiten hatten, und wir nehmen Ihr Anliegen ernst. {agent} kümmert sich um Ihre Nachricht und wird Ihnen {due} antworten.",
	Neutral:   "vielen Dank für Ihre Nachricht. {agent} hat sie übernommen und wird Ihnen {due} antworten.",
	Positive:  "herzlichen Dank für Ihre freundlichen Worte, über die wir uns sehr freuen. {agent} hat Ihre Nachricht erhalten und wird Ihnen {due} antworten.",
	FollowUp:  "Ihre neue Nachricht haben wir Ihrem Anliegen hinzugefügt. {agent} kümmert sich auch darum, und der genannte Zeitpunkt gilt weiterhin: Sie erhalten {due} eine Antwort.",
	Automatic: "Dies ist eine automatische Eingangsbestätigung; {agent} antwortet Ihnen persönlich.",
	Closing:   "Freundliche Grüße",
	Team:      "das Team von {brand}",
}

// Portuguese as written in Brazil, with nothing that jars in Portugal where the choice is free.
var portuguese = Template{
	Subject:   "{brand}: recebemos a sua mensagem",
	Greeting:  "Olá, {name}!",
	Hello:     "Olá!",
	Negative:  "Lamentamos muito o transtorno e levamos a sua mensagem a sério. {agent} já está com ela e vai responder {due}.",
	Neutral:   "Agradecemos a sua mensagem. {agent} está com ela e vai responder {due}.",
	Positive:  "Agradecemos de coração as suas palavras tão gentis: elas nos deixam muito felizes. {agent} recebeu a sua mensagem e vai responder {due}.",
	FollowUp:  "A sua nova mensagem foi adicionada à conversa. {agent} também está com ela, e o prazo informado continua valendo: a resposta será enviada {due}.",
	Automatic: "Esta é uma confirmação automática de recebimento; {agent} vai responder pessoalmente.",
	Closing:   "Atenciosamente,",
	Team:      "a equipe {brand}",
}

// Russian names decline and past tenses have gender: {agent} stands in the nominative with a verb in the present or the future.
var russian = Template{
	Subject:   "{brand}: мы получили ваше сообщение",
	Greeting:  "Здравствуйте, {name}!",
	Hello:     "Здравствуйте!",
	Negative:  "Нам очень жаль, что у вас возникли неприятности, и мы относимся к этому серьёзно. Вашим обращением занимается {agent}. Ответ вы получите {due}.",
	Neutral:   "Спасибо, что написали нам. Вашим сообщением занимается {agent}. Ответ вы получите {due}.",
	Positive:  "Большое спасибо за тёплые слова, нам очень приятно! Ваше сообщение принято, и {agent} ответит вам {due}.",
	FollowUp:  "Ваше новое сообщение добавлено к переписке. Им тоже занимается {agent}, и названный срок остаётся в силе: ответ вы получите {due}.",
	Automatic: "Это автоматическое уведомление о получении сообщения; {agent} ответит вам лично.",
	Closing:   "С уважением,",
	Team:      "команда {brand}",
}
