package mail

import (
	"regexp"
	"strings"
)

// newText is text without what it quotes: "> " lines with the line that introduces them, and everything below a line that
// says an older mail begins. Where nothing is left, or nothing is quoted, it is the text: losing a sentence of the sender's
// is worse than keeping one of ours.
func newText(text string) string {
	lines := strings.Split(text, "\n")
	var kept []string
	for i := 0; i < len(lines); {
		if n := attribution(lines[i:]); n > 0 && introducesQuote(lines[i:i+n], lines[i+n:]) {
			if !quotedNext(lines[i+n:]) {
				break
			}
			i += n
			continue
		}
		if olderMail(lines[i:]) && !blank(kept) {
			break
		}
		if !quoted(lines[i]) {
			kept = append(kept, lines[i])
		}
		i++
	}
	if blank(kept) {
		return text
	}
	return squeeze(kept)
}

func quoted(line string) bool { return strings.HasPrefix(strings.TrimLeft(line, " \t"), ">") }

// quotedNext says whether the first line with text is a quoted one.
func quotedNext(lines []string) bool {
	for _, l := range lines {
		if strings.TrimSpace(l) != "" {
			return quoted(l)
		}
	}
	return false
}

func blank(lines []string) bool {
	for _, l := range lines {
		if strings.TrimSpace(l) != "" {
			return false
		}
	}
	return true
}

// squeeze joins lines, several blank ones in a row as one: where a quote was cut out there would be a hole.
func squeeze(lines []string) string {
	var out []string
	for _, l := range lines {
		if strings.TrimSpace(l) == "" && (len(out) == 0 || out[len(out)-1] == "") {
			continue
		}
		if strings.TrimSpace(l) == "" {
			l = ""
		}
		out = append(out, l)
	}
	return strings.TrimRight(strings.Join(out, "\n"), "\n")
}

// attributions introduce a quote in the seven languages of the desk: how the line begins and how it ends.
var attributions = []struct{ begin, end *regexp.Regexp }{
	{regexp.MustCompile(`^On\s`), regexp.MustCompile(`\swrote\s?:$`)},
	{regexp.MustCompile(`^(Il|Il giorno|In data|Le)\s`), regexp.MustCompile(`\sha scritto\s?:$`)},
	{regexp.MustCompile(`^(El|En|Le)\s`), regexp.MustCompile(`\sescribió\s?:$`)},
	{regexp.MustCompile(`^Le\s`), regexp.MustCompile(`\sa écrit\s?:$`)},
	{regexp.MustCompile(`^Am\s`), regexp.MustCompile(`\sschrieb(\s.*)?:$`)},
	{regexp.MustCompile(`^(Em|A|No dia|Na)\s`), regexp.MustCompile(`\sescreveu\s?:$`)},
	{regexp.MustCompile(`\d{1,2}[:.]\d\d`), regexp.MustCompile(`<[^<>@\s]+@[^<>\s]+>\s?:$`)}, // any language without a verb, as Gmail's Russian
	{regexp.MustCompile(`^\S`), regexp.MustCompile(`\s(пишет|написала?|написал\(а\)|писала?)\s?:$`)},
}

var spaces = strings.NewReplacer("\u00a0", " ", "\u202f", " ") // French puts one before a colon

// attribution is the number of lines (1 to 3, as mail programs wrap them) of an attribution at the start of lines, or 0.
func attribution(lines []string) int {
	joined := ""
	for n := 1; n <= 3 && n <= len(lines) && len(joined) < 400; n++ {
		l := spaces.Replace(strings.TrimSpace(lines[n-1]))
		if l == "" || quoted(l) {
			return 0
		}
		joined = strings.TrimSpace(joined + " " + l)
		if !strings.HasSuffix(l, ":") {
			continue // all end so; expressions are dear on a long text
		}
		for _, a := range attributions {
			if a.begin.MatchString(joined) && a.end.MatchString(joined) {
				return n
			}
		}
	}
	return 0
}

var dated = regexp.MustCompile(`@|\b(19|20)\d\d\b|\d{1,2}[:.h]\d\d`)

// introducesQuote tells a mail program's attribution from a sender who writes "On Monday your agent wrote:" and goes on.
func introducesQuote(attribution, rest []string) bool {
	return quotedNext(rest) || dated.MatchString(strings.Join(attribution, " "))
}

var (
	divider  = regexp.MustCompile(`(?i)^(-{3,}|_{3,}) ?(original message|messaggio originale|mensaje original|message d'origine|message original|ursprüngliche nachricht|originalnachricht|mensagem original|исходное сообщение)( ?(-{3,}|_{3,}))?$`)
	fromLine = regexp.MustCompile(`^\*?(From|Da|De|Von|От)\s?:\*? \S`)
	dateLine = regexp.MustCompile(`^\*?(Sent|Date|Inviato|Data|Enviado|Enviada|Fecha|Envoyé|Gesendet|Datum|Отправлено|Дата)( (el|em|le))?\s?:\*? \S`)
	toLine   = regexp.MustCompile(`^\*?(To|Subject|A|Oggetto|Para|Asunto|À|Objet|An|Betreff|Assunto|Кому|Тема)\s?:\*? \S`)
)

// olderMail says whether an older mail begins here: a divider, or a block of its header as Outlook writes it.
func olderMail(lines []string) bool {
	l := spaces.Replace(strings.TrimSpace(lines[0]))
	if len(lines) > 1 && len(l) >= 10 && strings.Trim(l, "_") == "" { // Outlook's rule above the block
		lines = lines[1:]
		l = spaces.Replace(strings.TrimSpace(lines[0]))
	}
	if strings.HasPrefix(l, "-") || strings.HasPrefix(l, "_") {
		return divider.MatchString(l)
	}
	if !strings.Contains(cut(l, 20), ":") || !fromLine.MatchString(l) {
		return false
	}
	sent, to := false, false
	for _, l := range lines[1:min(6, len(lines))] {
		l = spaces.Replace(strings.TrimSpace(l))
		sent = sent || dateLine.MatchString(l)
		to = to || toLine.MatchString(l)
	}
	return sent && to
}
