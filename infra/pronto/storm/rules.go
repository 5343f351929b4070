package storm

import (
	"strings"
	"time"

	"pronto/infra/pronto/storm/check"
)

// The rule book of a storm's brand: two agents who between them speak every language, and the product's own words in all of them.
const rules = `brands:
  - id: BRAND
    name: Brand BRAND
    language: en
    time_zone: Europe/Rome
    addresses:
      - care@DOMAIN
    domains:
      - DOMAIN
    from:
      name: Brand BRAND
      address: care@DOMAIN
    reply_domain: reply.DOMAIN
    channels:
      custom:
        enabled: true
    silence:
      older_than: 10m
    team:
      id: team:care
      name: The team of BRAND
    rota:
      layers:
        - name: first
          rotation: weekly
          start: 2026-01-05
          hand_over: monday 09:00
          agents:
            - ana
        - name: second
          rotation: weekly
          start: 2026-01-05
          hand_over: monday 09:00
          agents:
            - marta
    targets:
      first_response:
        email:
          urgent: 5m
          high: 1h
          normal: 24h
          low: 24h
        custom:
          urgent: 5m
          high: 1h
          normal: 24h
          low: 24h
      next_response:
        email:
          urgent: 15m
          high: 2h
          normal: 24h
          low: 24h
        custom:
          urgent: 15m
          high: 2h
          normal: 24h
          low: 24h
      resolution:
        any:
          any: 72h
agents:
  - id: ana
    name: Ana Ferrante
    role: lead
    languages: [en, it, es, pt]
    time_zone: Europe/Rome
    page:
      - mail: ana@staff.DOMAIN
  - id: marta
    name: Marta Lindqvist
    role: agent
    languages: [en, it, fr, de, ru]
    time_zone: Europe/Rome
    page:
      - mail: marta@staff.DOMAIN
`

// Rules is the rule book of a brand that is written to as care@domain.
func Rules(brand, domain string) []byte {
	return []byte(strings.NewReplacer("BRAND", brand, "DOMAIN", domain).Replace(rules))
}

// brand is what the checker has to know of that rule book.
func brand(h house) check.Brand {
	return check.Brand{
		Address: h.address, ReplyDomain: "reply." + h.domain, Signers: []string{"Ana Ferrante", "Marta Lindqvist"},
		Negative: time.Hour, Other: 24 * time.Hour,
		Agents: []string{"ana@staff." + h.domain, "marta@staff." + h.domain}, Second: 5 * time.Minute, Third: 15 * time.Minute,
	}
}
