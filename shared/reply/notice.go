package reply

// Notice is what an automatic piece tells that is no receipt.
type Notice string

const (
	NoNotice Notice = ""
	Renewed  Notice = "renewed"  // the time that was named cannot be kept: a new one
	Handover Notice = "handover" // somebody else has it now
)

// sentences are the product's own, by language and notice; the rules of Builtin hold for them.
var sentences = map[string]map[Notice]string{
	"en": {
		Renewed:  "We have not been able to answer you as early as we said, and we are sorry. {agent} has your message and will answer you {due}.",
		Handover: "{agent} has taken over your message and will answer you {due}.",
	},
	"it": {
		Renewed:  "non siamo riusciti a risponderle nei tempi indicati e ce ne scusiamo. {agent} ha in carico il suo messaggio e le risponderà {due}.",
		Handover: "{agent} prende ora in carico il suo messaggio e le risponderà {due}.",
	},
	"es": {
		Renewed:  "No hemos podido responderle en el plazo indicado y le pedimos disculpas. {agent} tiene su mensaje y le responderá {due}.",
		Handover: "{agent} se encarga ahora de su mensaje y le responderá {due}.",
	},
	"fr": {
		Renewed:  "Nous n'avons pas pu vous répondre dans le délai annoncé et nous vous prions de nous en excuser. {agent} a votre message et vous répondra {due}.",
		Handover: "{agent} s'occupe maintenant de votre message et vous répondra {due}.",
	},
	"de": {
		Renewed:  "Wir konnten Ihnen nicht so früh antworten, wie wir gesagt hatten, und bitten um Entschuldigung. {agent} hat Ihre Nachricht und wird Ihnen {due} antworten.",
		Handover: "{agent} hat Ihre Nachricht übernommen und wird Ihnen {due} antworten.",
	},
	"pt": {
		Renewed:  "Não conseguimos responder no prazo que indicámos e pedimos desculpa. {agent} tem a sua mensagem e vai responder {due}.",
		Handover: "{agent} tem agora a sua mensagem e vai responder {due}.",
	},
	"ru": {
		Renewed:  "Мы не успели ответить вам в названный срок и просим прощения. {agent} занимается вашим сообщением и ответит вам {due}.",
		Handover: "{agent} теперь занимается вашим сообщением и ответит вам {due}.",
	},
}

// Says tells whether there are words for a notice in a language.
func (n Notice) Says(language string) bool { return sentences[base(language)][n] != "" }
