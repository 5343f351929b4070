package mail

import "strings"

// Delivered is the envelope of a mail that was fetched from a mailbox: SES has not seen it, so there are no verdicts but those of the server that took it, and
// these only when authserv names that server. It writes them in an Authentication-Results field above all others, and removes those that came in its own name
// (RFC 8601 §5): any but the topmost, or in another name, may be the sender's writing. A verdict counts only for the domain of From, which it must name itself.
func Delivered(raw []byte, authserv string) Envelope {
	env := Envelope{Spam: Disabled, Virus: Disabled}
	from := ""
	if froms := rawFields(raw, "from"); len(froms) == 1 {
		from = soleAddress(froms[0])
	}
	env.MailFrom = from
	if paths := rawFields(raw, "return-path"); len(paths) > 0 {
		env.MailFrom = oneWord(paths[0])
	}
	fields := rawFields(raw, "authentication-results")
	if authserv == "" || from == "" || len(fields) == 0 || len(fields[0]) > maxValue {
		return env
	}
	server, found := authResults(fields[0])
	if !strings.EqualFold(server, authserv) {
		return env
	}
	_, domain := split(from)
	env.judge(found, domain)
	return env
}

// oneWord is a return path without what would end a line or a notice's field.
func oneWord(path string) string {
	path = strings.Trim(visible([]byte(path)), "<>")
	return path[:min(len(path), maxID)]
}

// judge takes over what a server found for the domain of From.
func (e *Envelope) judge(found []authResult, domain string) {
	for _, r := range found {
		pass := strings.EqualFold(r.result, "pass")
		switch r.method {
		case "dmarc":
			e.DMARC = worst(e.DMARC, pass && sameOrganisation(r.of["header.from"], domain))
		case "spf":
			path := strings.Trim(r.of["smtp.mailfrom"], "<>")
			_, of := split(path)
			if of == "" { // a domain alone
				of, path = path, "postmaster@"+path
			}
			if e.SPF = worst(e.SPF, pass && sameOrganisation(of, domain)); e.SPF == Pass && e.MailFrom != "" {
				e.MailFrom = oneWord(path)
			}
		case "dkim":
			of := r.of["header.d"]
			if of == "" {
				_, of, _ = strings.Cut(r.of["header.i"], "@")
			}
			e.DKIM = worst(e.DKIM, pass && sameOrganisation(of, domain))
		}
	}
}

// worst is what several results of one method come to: one that did not pass is enough to doubt.
func worst(before Verdict, pass bool) Verdict {
	if pass && before != Fail {
		return Pass
	}
	return Fail
}

// authResult is one method's result with its properties.
type authResult struct {
	method, result string
	of             map[string]string
}

// maxResults bounds how many results of one field are looked at.
const maxResults = 50

// authResults reads an Authentication-Results field (RFC 8601 §2.2): the server that writes, and what it found. Methods and properties are in lower case.
func authResults(field string) (server string, found []authResult) {
	parts := strings.Split(uncommented(field), ";")
	if words := strings.Fields(parts[0]); len(words) > 0 && !strings.Contains(words[0], "=") {
		server = words[0]
	}
	for _, part := range parts[1:] {
		part = strings.ReplaceAll(strings.ReplaceAll(part, " =", "="), "= ", "=")
		words := strings.Fields(part)
		if len(words) == 0 || len(found) == maxResults {
			continue
		}
		method, result, _ := strings.Cut(words[0], "=")
		method, _, _ = strings.Cut(method, "/") // a version
		r := authResult{method: strings.ToLower(method), result: result, of: map[string]string{}}
		for _, w := range words[1:] {
			name, value, ok := strings.Cut(w, "=")
			if name = strings.ToLower(name); ok && r.of[name] == "" {
				r.of[name] = value
			}
		}
		found = append(found, r)
	}
	return server, found
}

// uncommented is a structured field without its comments. What stands in quotes loses what would part it: it is nobody's domain.
func uncommented(s string) string {
	var b strings.Builder
	depth, quoted, escaped := 0, false, false
	for _, c := range s {
		switch {
		case escaped:
			escaped = false
		case c == '\\' && (quoted || depth > 0):
			escaped = true
		case quoted && c == '"', !quoted && depth == 0 && c == '"':
			quoted = !quoted
		case quoted:
			if c != ';' && c != ' ' && c != '=' {
				b.WriteRune(c)
			}
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			if depth--; depth == 0 {
				b.WriteByte(' ')
			}
		case depth == 0:
			b.WriteRune(c)
		}
	}
	return b.String()
}
