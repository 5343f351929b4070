package mail

import (
	"regexp"
	"strings"
	"sync"
)

// Local parts that take no replies, without separators. A part of a longer name counts only where noted: casino.reply@ is
// a person, shop-no-reply@ is not.
var (
	systemNames = set("mailerdaemon", "maildaemon", "postmaster", "majordomo", "listserv", "listproc", "nobody", "daemon",
		"bounce", "bounces", "autoreply", "autoresponder", "autoresponse", "autoresponding", "mailsystem", "mdaemon", "returnedmail")
	noReplyNames = set("noreply", "donotreply", "dontreply", "noresponse", "noresponder", "noresponda", "norespondas", "naoresponder",
		"naoresponda", "nonrispondere", "nepasrepondre", "nerepondezpas", "nichtantworten", "keineantwort", "neotvechat", "neotvechaite")
)

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}

// noReply says whether mail to addr reaches nobody: systems, lists' own addresses (RFC 5230 §4.6) and the many ways to write
// "no-reply".
func noReply(addr string) bool {
	local, _ := split(strings.ToLower(addr))
	if strings.HasPrefix(local, "owner-") || strings.HasSuffix(local, "-owner") || strings.HasSuffix(local, "-request") ||
		strings.HasSuffix(local, "-bounces") {
		return true
	}
	tokens := strings.FieldsFunc(local, func(r rune) bool { return strings.ContainsRune("-_.+=", r) })
	if systemNames[strings.Join(tokens, "")] || len(tokens) > 0 && strings.HasPrefix(tokens[0], "bounce") && systemNames[tokens[0]] {
		return true
	}
	for i := range tokens {
		for n := 1; n <= 3 && i+n <= len(tokens); n++ {
			if noReplyNames[strings.Join(tokens[i:i+n], "")] {
				return true
			}
		}
	}
	return false
}

// automaticSubjects are how responders and mail systems begin their subjects, in the desk's languages and a few more. They are
// anchored at the start and mostly end in a colon, because people write of these things too: "Out of office chairs",
// "Delivery failed: my parcel", and "Re: Automatic reply: …", which is a person who answers a machine.
var automaticSubjects = sync.OnceValue(func() *regexp.Regexp {
	const end = `\s*($|[:!(\[\]\-–—])`
	return regexp.MustCompile(`(?i)^\W*(` + strings.Join([]string{
		// away
		`(automatic|automated|auto)[ -]?(repl(y|ies)|response|answer)` + end,
		`(i am |i'm |currently )*out of (the )?office( (auto[- ]?)?(reply|response|message|notification))?` + end,
		`vacation (auto[- ]?)?(reply|response|message|notice)` + end,
		`(risposta|messaggio) automatic[ao]` + end, `(sono )?(fuori|assente dall')\s?(sede|ufficio)` + end,
		`(respuesta|contestación) automática` + end, `(estoy )?fuera de (la )?oficina` + end,
		`réponse automatique` + end, `(message d'absence|absent(e)? du bureau|absence du bureau)` + end,
		`(automatische (antwort|rückmeldung)|autom\. antwort|abwesenheit(snotiz|sbenachrichtigung|smeldung)?|nicht im büro)` + end,
		`(resposta automática|(estou )?fora d[oe] escritório|ausente do escritório)` + end,
		`(автоматический ответ|автоответ(чик)?|вне офиса|я в отпуске)` + end,
		`automatisch antwoord` + end, `autosvar` + end, `自動返信` + end, `自动回复` + end,
		// undeliverable
		`undeliver(ed|able)( mail| message)?( returned to sender)?` + end, `returned (e?mail|to sender)` + end,
		`(e?mail|message) (delivery|could not be|not|was not|wasn't) (fail|deliver|returned|error|problem|status)`,
		`delivery (status )?notification` + end, `delivery status notification \(`, `failure notice` + end,
		`(non[- ]?deliver(y|able)|undelivered) (mail|report|notification|message)`, `mail system error`, `mailer[- ]daemon`,
		`mail delivery (failed|failure|system|subsystem|error|problem)`, `warning: (could not send|message)`,
		`(message|mail) (status|you sent)\W+(undeliver|blocked|fail)`, `delivery report` + end, `complaint about message from [0-9a-f.:]+$`,
		`(unzustellbar|mancata consegna|impossibile recapitare|non remis|échec de la remise|no se puede entregar|não entregue|недоставлен[оа]|не доставлено)` + end,
	}, "|") + `)`)
})

func automaticSubject(s string) bool {
	return automaticSubjects().MatchString(strings.ReplaceAll(Cut(s, 200), "’", "'"))
}
