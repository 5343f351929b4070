package policy

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"pronto/shared/calendar"
	"pronto/shared/sla"
)

// DefaultWarn is the percentage of a target's time after which it is warned of, where the brand names none.
const DefaultWarn = 75

// WarnAt gives the instant from which t is to be warned of, cut to the second; never after it is due. Its time is counted by c.
func (b *Brand) WarnAt(t sla.Target, c calendar.Calendar) time.Time {
	percent, ok := b.Warn[t.Kind]
	if !ok {
		percent = DefaultWarn
	}
	return t.WarnAt(percent, c).Truncate(time.Second)
}

// warnKeys are the kinds of targets, and any for those without a line of their own.
var warnKeys = []string{"first_response", "next_response", "resolution", "any"}

// warn reads one percentage for all targets, or one for each kind.
func (p *parser) warn(o object) map[sla.Kind]int {
	warn := map[sla.Kind]int{}
	v, ok := o.get("warn")
	if !ok {
		return warn
	}
	any, of := DefaultWarn, map[sla.Kind]int{}
	if v.node.Kind == yaml.MappingNode {
		p.each(v, warnKeys, func(kind string, v value) {
			if kind == "any" {
				any = p.percent(v)
				return
			}
			of[sla.Kind(kind)] = p.percent(v)
		})
	} else {
		any = p.percent(v)
	}
	for _, kind := range sla.Kinds {
		warn[kind] = any
		if own, ok := of[kind]; ok {
			warn[kind] = own
		}
	}
	return warn
}

// percent reads 1% to 99%.
func (p *parser) percent(v value) int {
	n := 0
	p.matching(v, func(s string) bool {
		digits, ok := strings.CutSuffix(s, "%")
		var err error
		n, err = strconv.Atoi(strings.TrimSpace(digits))
		return ok && err == nil && n >= 1 && n <= 99
	}, "a share of a target's time", "write 1% to 99%, as in 75%")
	return n
}

// silence reads what waits at most for the silence switch to be lifted.
func (p *parser) silence(o object) time.Duration {
	v, ok := o.get("silence")
	if !ok {
		return DefaultSilence
	}
	f, ok := p.object(v, silenceKeys)
	if !ok {
		return DefaultSilence
	}
	if v, ok := f.need("older_than", "write how old a message may be that still gets its receipt, as in 1h"); ok {
		return p.span(v, time.Minute, maxAfter)
	}
	return DefaultSilence
}

// bounces reads how long a contact gets no receipts after mail to it came back for good.
func (p *parser) bounces(o object) time.Duration {
	v, ok := o.get("bounces")
	if !ok {
		return DefaultUnreachable
	}
	f, ok := p.object(v, bounceKeys)
	if !ok {
		return DefaultUnreachable
	}
	if v, ok := f.need("undeliverable_days", "write for how many days an address that bounced gets no receipts, as in 60"); ok {
		return time.Duration(p.number(v, 1, maxUnreachable, "a number of days")) * 24 * time.Hour
	}
	return DefaultUnreachable
}

// maxUnreachable is as good as never, in days: who wants that has the account's suppression list.
const maxUnreachable = 730

// signature reads lines for the end of mails.
func (p *parser) signature(o object) string {
	v, ok := o.get("signature")
	if !ok {
		return ""
	}
	s, ok := p.prose(v, 1000)
	if ok && strings.Count(s, "\n") >= maxSignature {
		p.report(v, fmt.Sprintf("shorten it to %d", maxSignature), "has %d lines", strings.Count(s, "\n")+1)
	}
	return s
}

// maxSignature is how many lines may stand under a mail.
const maxSignature = 12
