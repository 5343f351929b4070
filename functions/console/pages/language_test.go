package pages_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// in is the same browser, which asks for a language.
func (b *browser) in(language, path string) seen {
	return b.send(http.MethodGet, path, nil, "Accept-Language", language)
}

var (
	pieceOfText = regexp.MustCompile(`>([^<>]+)<|(?:aria-label|title|placeholder)="([^"]+)"`)
	wordOfText  = regexp.MustCompile(`\p{L}{2,}`)
)

// pieces are what a page says, text by text.
func (s seen) pieces() (all []string) {
	for _, m := range pieceOfText.FindAllStringSubmatch(s.Body.String(), -1) {
		text := strings.Join(strings.Fields(html.UnescapeString(m[1]+m[2])), " ")
		if wordOfText.MatchString(text) && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return all
}

// Every page has its Italian: what it says in English and says again in Italian, word for word, are names, addresses, what people wrote and what is spelled alike.
func TestEveryPageIsWhollyItalian(t *testing.T) {
	w := open(t)
	page, ana, marta := w.complaint(), w.as("ana"), w.as("marta")
	w.SendMail("list@home.example", "From: News <list@home.example>\nTo: care@acme.example\nSubject: Offers\nList-Id: <offers.home.example>\nMessage-ID: <2@home.example>\n\nHalf price.\n", "care@acme.example")
	w.SendMail("eve@deals.example", "From: Eve Stone <eve@deals.example>\nTo: sales@acme.example\nSubject: Half price\nMessage-ID: <3@deals.example>\n\nOnly this week.\n", "sales@acme.example")
	w.Settle()
	ana.send(http.MethodPost, "/console/macros", with(ana.get("/console/macros").fields(), "name", "Voucher", "text_en", "Dear {name},", "id", "", "version", "", "resolve", "yes"))
	ana.send(http.MethodPost, "/console/bulletins", with(ana.get("/console/bulletins").fields(), "text", "The belt stands still.", "id", "", "version", ""))
	marta.send(http.MethodPost, page+"/note", with(marta.get(page).fields(), "note", "She called."))
	held := regexp.MustCompile(`/console/held/[a-z0-9._-]+`).FindString(ana.get("/console/held").Body.String())
	alike := regexp.MustCompile(`(?i)^(pronto|no|id|macro…?|esc|spam|macros|only this week\.|rosa kell|console|ctrl|utc|italiano|english|english \(us\)|hindi|bluesky|mastodon|voucher|mention|she called\.|the belt stands still\.|dear \{name\},|half price|eve stone|news|offers)$|` +
		`@|\.example|Acme|Air\b|Ana Ferrante|Marta Lindqvist|Oleg Savchuk|Ada Marsh|suitcase|Europe/Rome|^[a-z0-9]{16,}$|\.csv|^\+?[\d.,:]+ (h|s|min)$|%|\bUTC$|function|\{|^pdf|^Pronto$`)
	for _, path := range []string{
		"/console", "/console?view=all", "/console?view=mine&tag=none", page, "/console/search?q=suitcase", "/console/search?q=nothinglikeit", "/console/held", held, "/console/on-call", "/console/on-call/fairness", "/console/handover",
		"/console/day", "/console/board", "/console/macros", "/console/bulletins", "/console/channels", "/console/silence", "/console/suppressed", "/console/blocks", "/console/rules", "/console/devices", "/console/offline", "/console/nowhere", "/console/conversations/none", "/console/signed-out",
	} {
		english, italian := ana.in("en-GB,en;q=0.9", path), ana.in("it-IT,it;q=0.9,en;q=0.5", path)
		if !strings.Contains(italian.Body.String(), `<html lang="it">`) || !strings.Contains(english.Body.String(), `<html lang="en">`) {
			t.Errorf("%s: the page's language is not said", path)
		}
		said := english.pieces()
		for _, text := range italian.pieces() {
			if slices.Contains(said, text) && !alike.MatchString(text) {
				t.Errorf("%s says %q in Italian, too", path, text)
			}
		}
	}
	// what the desk says by its codes
	marta.in("it", page).shows("alta", "negativo: 'broken'", "tabella: nessuna fretta + negativo = alta", "Prima risposta entro", "In carico a:", "Rispondi a Ada Marsh", "che scrive in inglese",
		"lunedì 23 novembre 2026", "Conferma di ricezione", "firmata Marta Lindqvist,")
	ana.in("it", "/console?view=all").shows("News", "nessuna scadenza", "nessuno aspetta una risposta: è arrivato da una lista di distribuzione")
	ana.in("it", "/console/held").shows("È stato inviato a un indirizzo del dominio del marchio che il regolamento non nomina.")
	ana.in("it", "/console/day").shows("Senza conferma di ricezione: è arrivato da una lista di distribuzione", "Di turno: 2, ciascuno con una risposta ogni 10 minuti")
	form := with(marta.in("it", page).fields(), "until_local", "2026-11-23T09:30")
	marta.send(http.MethodPost, page+"/snooze", form, "Accept-Language", "it").is(http.StatusUnprocessableEntity).shows("Una conversazione si può rimandare solo a un momento futuro.")
}

// with is a form with other fields, in pairs.
func with(form url.Values, pairs ...string) url.Values {
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

// A language that is chosen counts more than the browser's wish, on the next page and after signing out; what is no language of ours is refused.
func TestTheLanguageIsChosen(t *testing.T) {
	w := open(t)
	marta := w.as("marta")
	page := marta.get("/console?view=all").shows("Queue")
	if got := regexp.MustCompile(`name="back" value="([^"]*)">(<button[^>]*lang="(?:en|en-US|it)"[^>]*>(?:English|English \(US\)|italiano)</button> ){3}`).FindStringSubmatch(page.Body.String()); got == nil || html.UnescapeString(got[1]) != "/console?view=all" {
		t.Fatalf("there is no choice of languages, or it forgets where one is: %v", got)
	}
	marta.send(http.MethodPost, "/console/language", with(page.fields(), "language", "xx")).is(http.StatusUnprocessableEntity).shows("The console does not speak this language.")
	chosen := marta.send(http.MethodPost, "/console/language", with(page.fields(), "language", "it", "back", "https://elsewhere.example/")).is(http.StatusSeeOther)
	if to := chosen.Header().Get("Location"); to != "/console" {
		t.Errorf("it leads to %s", to)
	}
	marta.cookies = append(marta.cookies, chosen.Result().Cookies()...)
	marta.in("en-US", "/console").shows("Coda", "Nessuno aspetta una risposta.", "Sei Marta Lindqvist.")
	marta.send(http.MethodGet, "/console/queue", nil, "HX-Request", "true").is(http.StatusOK).shows("Nessuno aspetta una risposta.")
	marta.in("en-US", "/console/signed-out").shows("Sei uscito")
	nobody := &browser{world: w}
	nobody.in("fr, it;q=0.8, en;q=0.3", "/console/signed-out").shows("Sei uscito")
	nobody.in("fr, de", "/console/signed-out").shows("You are signed out")
	nobody.in("it", "/page/none").is(http.StatusNotFound).shows("Questo link non è valido", "Questo link ha più di un giorno, o non è intero")
}
