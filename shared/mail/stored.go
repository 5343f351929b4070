package mail

import (
	"bytes"
	"regexp"
	"strings"
	"time"
)

// Stored is the envelope of a mail as SES has stored it, from the block that SES writes above the mail, for a rebuild: the notice that carried it is gone. The block is
// SES's own as far as its Received field names the very id under which the mail lies, which nobody could know before; what stands below it is the sender's.
// ok is false for a mail that SES has not stored.
func Stored(raw []byte, id string) (env Envelope, at time.Time, ok bool) {
	fields := topFields(raw)
	i := -1
	for n, f := range fields {
		if f.name == "received" {
			i = n
			break
		}
	}
	if i < 0 || id == "" {
		return env, at, false
	}
	m := takenBySES.FindStringSubmatch(strings.Join(strings.Fields(fields[i].value), " "))
	if m == nil || m[1] != id {
		return env, at, false
	}
	at, err := time.Parse(time.RFC1123Z, strings.TrimSpace(strings.TrimSuffix(m[3], "(UTC)")))
	if err != nil {
		return env, at, false
	}
	env.Recipients, env.Spam, env.Virus, env.SPF, env.DKIM, env.DMARC = []string{m[2]}, Disabled, Disabled, Gray, Gray, Gray
	for _, f := range fields {
		value := strings.TrimSpace(f.value)
		switch f.name {
		case "return-path":
			env.MailFrom = oneWord(value)
		case "x-ses-spam-verdict":
			env.Spam = Verdict(value)
		case "x-ses-virus-verdict":
			env.Virus = Verdict(value)
		case "authentication-results":
			env.found(value)
		}
	}
	return env, at.UTC(), true
}

// takenBySES is SES's own Received field, on one line.
var takenBySES = regexp.MustCompile(`^from .* by inbound-smtp\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)? with SMTP id (\S+) for <?([^<>;\s]+)>?; (.+)$`)

// found takes over what SES found, as its Authentication-Results field has it.
func (e *Envelope) found(field string) {
	server, results := authResults(field)
	if !strings.EqualFold(server, "amazonses.com") {
		return
	}
	verdicts := map[string]*Verdict{"spf": &e.SPF, "dkim": &e.DKIM, "dmarc": &e.DMARC}
	seen := map[string]bool{}
	for _, r := range results {
		v := verdicts[r.method]
		if v == nil {
			continue
		}
		is := Gray
		switch strings.ToLower(r.result) {
		case "pass":
			is = Pass
		case "fail", "softfail", "permerror":
			is = Fail
		}
		if seen[r.method] && *v != Pass {
			continue // one that did not pass is enough to doubt
		}
		seen[r.method] = true
		*v = is
	}
}

// topField is a field of the block above a mail, its name in small letters.
type topField struct{ name, value string }

// maxTop is how many fields SES's block has at most.
const maxTop = 12

// topFields are the fields of the block that SES writes: up to X-SES-RECEIPT, or none without it.
func topFields(raw []byte) (all []topField) {
	for line := range bytes.Lines(head(raw)) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) > 0 && (line[0] == ' ' || line[0] == '\t') {
			if len(all) > 0 {
				all[len(all)-1].value += " " + string(bytes.TrimSpace(line))
			}
			continue
		}
		if len(all) > 0 && all[len(all)-1].name == "x-ses-receipt" {
			return all
		}
		if len(all) == maxTop {
			return nil
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		all = append(all, topField{strings.ToLower(visible(name)), string(bytes.TrimSpace(value))})
	}
	if len(all) > 0 && all[len(all)-1].name == "x-ses-receipt" {
		return all
	}
	return nil
}
