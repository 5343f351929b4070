package mail

import (
	"regexp"
	"strings"
)

// The words by which mail programs introduce, divide and sign: of the desk's seven languages, and of their neighbours where one word costs nothing.

// introductions introduce a quote: how the line begins and how it ends.
var introductions = []struct{ begin, end *regexp.Regexp }{
	{regexp.MustCompile(`^(On|At)\s`), regexp.MustCompile(`\s?wrote\s?:$`)},
	{regexp.MustCompile(`^(Il|Il giorno|In data|Le)\s`), regexp.MustCompile(`\sha scritto\s?:$`)},
	{regexp.MustCompile(`^(El|En|Le)\s`), regexp.MustCompile(`\sescribió\s?:$`)},
	{regexp.MustCompile(`^Le\s`), regexp.MustCompile(`\sa écrit\s?:$`)},
	{regexp.MustCompile(`^Am\s`), regexp.MustCompile(`\sschrieb(\s.*)?:$`)},
	{regexp.MustCompile(`^(Em|A|No dia|Na)\s`), regexp.MustCompile(`\sescreveu\s?:$`)},
	{regexp.MustCompile(`\d{1,2}[:.]\d\d`), regexp.MustCompile(`<[^<>@\s]+@[^<>\s]+>\s?:$`)}, // any language without a verb, as Gmail's Russian
	{regexp.MustCompile(`^\S`), regexp.MustCompile(`\s(пишет|пише|написала?|написал\(а\)|писала?|написав|написала)\s?:$`)},
	{regexp.MustCompile(`^Op\s`), regexp.MustCompile(`\s(schreef(\s.*)?|geschreven)\s?:$`)},
	{regexp.MustCompile(`\d`), regexp.MustCompile(`\s(skrev(\s.*)?|napisał\(a\)|napisał|napisała|írta)\s?:$`)},
	{regexp.MustCompile(`<[^<>@\s]+@[^<>\s]+>`), regexp.MustCompile(`\s(wrote|schrieb(\s.*)?|escribió|escreveu|a écrit|ha scritto)\s?:$`)},
	{regexp.MustCompile(`^(在|于)?\s?\d{4}年`), regexp.MustCompile(`写道\s?[:：]$`)},
}

var (
	clock      = regexp.MustCompile(`\d{1,2}[:.h]\d\d`)
	dated      = regexp.MustCompile(`@|\b(19|20)\d\d\b|\d{1,2}[:.h]\d\d`)
	longIntro  = regexp.MustCompile(`<|\b(19|20)\d\d\b|\d{1,2}[:.h]\d\d`)                                                    // how one that goes on below begins
	datedLine  = regexp.MustCompile(`\b(19|20)\d\d\b.*\d{1,2}[:.h]\d\d.*:$`)                                                 // right above a quote, in any language
	gmailDate  = regexp.MustCompile(`^\d{4}[-/]\d{1,2}[-/]\d{1,2} (\d\d:\d\d GMT[+-]\d\d:\d\d \S.*|.*<[^<>\s]+@[^<>\s]+>)$`) // Gmail before 2016 ended in no colon
	dashedDate = regexp.MustCompile(`^-{2,} ?On \S.*\d.* wrote ?-{2,}$`)
)

// introduces says whether joined lines introduce a quote.
func introduces(joined string) bool {
	joined = strings.TrimPrefix(joined, "- ") // Zimbra
	if gmailDate.MatchString(strings.TrimSuffix(joined, ":")) || dashedDate.MatchString(joined) {
		return true
	}
	for _, a := range introductions {
		if a.begin.MatchString(joined) && a.end.MatchString(joined) {
			return true
		}
	}
	return false
}

// mayIntroduce is a cheap look at a first line: an introduction of several lines begins with a date or an address.
func mayIntroduce(line string) bool {
	return strings.ContainsAny(line, "0123456789@<") || strings.HasSuffix(line, ":")
}

// introEnd is a cheap look at a last line.
func introEnd(line string) bool {
	return line != "" && (strings.HasSuffix(line, ":") || strings.HasSuffix(line, "：") || strings.HasSuffix(line, "--") || '0' <= line[0] && line[0] <= '9')
}

var (
	divider = regexp.MustCompile(`(?i)^\*?([-_=]{3,}) ?(original (message|appointment)|messaggio originale|mensaje original|message d'origine|message original|ursprüngliche nachricht|originalnachricht|mensagem original|исходное сообщение|oorspronkelijk bericht)( ?[-_=]{3,})?\*?$`)

	forwardMark = regexp.MustCompile(`(?i)^(> ?)*([-_=]{3,} ?)?(begin forwarded message|forwarded message|inizio messaggio inoltrato|messaggio inoltrato|anfang der weitergeleiteten nachricht|weitergeleitete nachricht|début du message (transféré|réexpédié)|message transféré|inicio del mensaje reenviado|mensaje reenviado|início da mensagem (encaminhada|reencaminhada)|mensagem encaminhada|начало переадресованного сообщения|пересылаемое сообщение|пересланное сообщение)( ?:| ?[-_=]{3,})$`)

	forwardSubject = regexp.MustCompile(`(?i)^\W*(fwd?|i|inoltro|wg|tr|rv|enc|пер?есл|fw)\s?:`)

	fromLine    = regexp.MustCompile(`^\*?(From|Da|De|Von|От|Van|Från|Fra|Od|发件人|Message du)\s?[:：]\*?\s*\S`)
	messageLine = regexp.MustCompile(`^Message du\s?:`) // Orange's, whose date is in it
	dateLine    = regexp.MustCompile(`^\*?(Sent|Date|Inviato|Data|Enviado|Enviada|Fecha|Envoyé|Gesendet|Datum|Отправлено|Дата|Verzonden|Skickat|Sendt|Wysłano|发送时间)( (el|em|le|il))?\s?[:：]\*?\s*\S`)
	toLine      = regexp.MustCompile(`^\*?(To|Subject|A|Oggetto|Para|Asunto|À|Objet|Sujet|An|Betreff|Assunto|Кому|Тема|Aan|Onderwerp|Till|Ämne|Til|Emne|Do|Temat|收件人|主题)\s?[:：]\*?\s*\S`)
)

var (
	signatureMark = regexp.MustCompile(`^(--|—|––|__)$`)
	dashedName    = regexp.MustCompile(`^-\p{Lu}\p{Ll}+( \p{Lu}\p{Ll}+){1,2}$`)
)

// devices are what telephones and mail programs write below a letter, as whole lines, without the links in them.
var devices = regexp.MustCompile(`(?i)^[(<]*(` + strings.Join([]string{
	`(sent|written) (from|via|with|by|using) [^,.!?]{1,70}`, `sent from .{1,60}(excuse|typo|brevity).{0,40}`, `from my (iphone|ipad|phone|mobile)( \w+)?`,
	`get (\[?)outlook for \w+\W*.*`, `(inviato|scritto) (da|dal mio|dalla mia|con) [^,.!?]{1,60}`, `(scarica|ottieni) outlook per \w+.*`,
	`(enviado|escrito) (desde|con|do|a partir do|com o|pelo) [^,.!?]{1,60}`, `(obtener|obtén|obter o|obtenha o|baixe o) outlook para \w+.*`,
	`envoyé (depuis|de|à partir d[eu]|avec) [^,.!?]{1,60}`, `(obtenez|télécharger|obtenir) outlook pour \w+.*`,
	`(von|vom|mit) [^,.!?]{1,60} (gesendet|gesandt|geschickt|verschickt)\.?`, `diese nachricht wurde von [^,!?]{1,80} gesendet\.?`, `gesendet (von|mit) [^,.!?]{1,60}`,
	`(outlook für \w+ (beschaffen|herunterladen)|holen sie sich outlook für \w+).*`,
	`отправлено (с|из|от) [^,.!?]{1,60}`, `(скачать|получить|загрузить) outlook для \w+.*`,
	`sendt fra [^,.!?]{1,60}`, `skickat från [^,.!?]{1,60}`, `(verzonden|verstuurd) (met|vanaf|via) [^,.!?]{1,60}`, `wysłane z [^,.!?]{1,60}`, `[從从]我的 .{1,30} ?[傳发]送`,
}, "|") + `)[)>]*$`)

// deviceBegins are how devices begin: a cheap look.
var deviceBegins = set("sent", "written", "from", "get", "inviato", "scritto", "scarica", "ottieni", "enviado", "escrito", "obtener", "obtén", "obter",
	"obtenha", "baixe", "envoyé", "obtenez", "télécharger", "obtenir", "von", "vom", "mit", "diese", "gesendet", "outlook", "holen", "отправлено", "скачать",
	"получить", "загрузить", "sendt", "skickat", "verzonden", "verstuurd", "wysłane")

var link = regexp.MustCompile(`(<?https?://\S*>?|\(https?://[^)\s]*\)|<https?://[^>]*>|\[|\])`)

// isDevice says whether a line is a telephone's and not a person's: "Sent from my desk, which is easier" is a sentence.
func isDevice(line string) bool {
	first, _, more := strings.Cut(strings.TrimLeft(line, "(<"), " ")
	if !more || len(line) > 200 || !deviceBegins[strings.ToLower(first)] && !strings.Contains(line, "我的") {
		return false
	}
	return devices.MatchString(strings.TrimSpace(link.ReplaceAllString(line, "")))
}
