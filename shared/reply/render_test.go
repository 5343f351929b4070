package reply

import (
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pronto/shared/triage"
)

// pageText reads a page as strict XML, so that an unescaped or unclosed piece fails, and returns its title and its body's words.
func pageText(t testing.TB, page string) (title, body string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	d.Entity = nil
	in := map[string]int{}
	for {
		token, err := d.Token()
		if err == io.EOF {
			return title, unwrapped(body)
		}
		if err != nil {
			t.Fatalf("page is not well-formed: %v\n%s", err, page)
		}
		switch token := token.(type) {
		case xml.StartElement:
			in[token.Name.Local]++
			if allowed := " html head meta title style body div p br "; !strings.Contains(allowed, " "+token.Name.Local+" ") {
				t.Fatalf("element %s in\n%s", token.Name.Local, page)
			}
		case xml.EndElement:
			in[token.Name.Local]--
			body += " "
		case xml.CharData:
			if in["title"] > 0 {
				title += string(token)
			}
			if in["body"] > 0 {
				body += string(token)
			}
		}
	}
}

func unwrapped(s string) string { return strings.Join(words(s), " ") }

// mustBeWhole checks what every receipt must be, whatever went in; it returns the text without its line breaks.
func mustBeWhole(t testing.TB, got Rendered) string {
	t.Helper()
	title, page := pageText(t, got.HTML)
	if title != got.Subject {
		t.Errorf("title %q, subject %q", title, got.Subject)
	}
	text := unwrapped(got.Text)
	if page != text {
		t.Errorf("HTML says\n%s\ntext says\n%s", page, text)
	}
	if strings.ContainsAny(got.Subject, "\r\n\x00") || strings.ContainsAny(got.Text, "\r\x00") {
		t.Errorf("control characters in %q or %q", got.Subject, got.Text)
	}
	for _, line := range strings.Split(got.Text, "\n") {
		if utf8.RuneCountInString(line) > 78 && strings.Contains(line, " ") {
			t.Errorf("line of %d columns: %q", utf8.RuneCountInString(line), line)
		}
	}
	return text
}

// Promise 3 of the house, for every language, mood, signer, day and certainty.
func TestRenderIsTrue(t *testing.T) {
	for _, lang := range languages {
		template, _ := Builtin(lang)
		for _, kind := range kinds {
			for _, agent := range []string{"Marta", "Ana María O'Neil-Bianchi", "Олег", ""} {
				for n := range 6 {
					r := sample(t, lang, []int{1, 25, 73}[n%3])
					r.Mood, r.Short, r.Agent, r.ZoneSure = kind.mood, kind.short, agent, n < 3
					got := Render(template, r)
					text := mustBeWhole(t, got)
					who := agent
					if who == "" {
						who = strings.ReplaceAll(template.Team, "{brand}", "Acme Air")
					}
					due := When(lang, r.Due, r.Now, r.Zone, r.ZoneSure)
					automatic := strings.ReplaceAll(template.Automatic, "{agent}", who)
					for _, want := range []string{who, due, automatic, "Acme Air", "Ana"} {
						if !strings.Contains(text, want) {
							t.Errorf("%s %s: %q is missing in\n%s", lang, kind.name, want, text)
						}
					}
					if moment := moment(due); !strings.Contains(got.Text, moment) {
						t.Errorf("%s %s: a line break cuts %q in\n%s", lang, kind.name, moment, got.Text)
					}
					if strings.ContainsAny(got.Subject+text, "{}") {
						t.Errorf("%s %s: a brace is left in\n%s", lang, kind.name, text)
					}
					if strings.Contains(got.Subject, "Ana") || !strings.Contains(got.Subject, "Acme Air") {
						t.Errorf("%s %s: subject %q", lang, kind.name, got.Subject)
					}
				}
			}
		}
	}
}

func TestRenderRepeatsNoHostileName(t *testing.T) {
	for _, lang := range languages {
		template, _ := Builtin(lang)
		r := sample(t, lang, 1)
		r.Name = ""
		want := Render(template, r)
		for what, name := range hostile {
			r.Name = name
			if got := Render(template, r); got != want {
				t.Errorf("%s, %s: the receipt for %.80q differs from that without a name:\n%s", lang, what, name, got.Text)
			}
		}
	}
}

func TestRenderWritesTheNameAsItIs(t *testing.T) {
	r := sample(t, "it", 1)
	for _, name := range []string{"ana bianchi", "ANA", "Dott.ssa Ana Bianchi", "山田 太郎", "Sinéad O'Neil"} {
		r.Name = name
		text := mustBeWhole(t, Render(italian, r))
		if want := "Gentile " + name + ","; !strings.HasPrefix(text, want) {
			t.Errorf("text begins %.60q, want %q", text, want)
		}
	}
}

func TestRenderEscapes(t *testing.T) {
	template := english
	template.Neutral = `{agent} <at> {brand} says "a & b" {due}.`
	r := sample(t, "en", 1)
	r.Mood, r.Name, r.Agent, r.Brand = triage.Neutral, "Ana O'Neil", `<script>alert("{due}")</script>`, "Acme & Sons\r\nBcc: oleg"
	got := Render(template, r)
	text := mustBeWhole(t, got)
	if want := `<script>alert("{due}")</script> <at> Acme & Sons Bcc: oleg says "a & b" by 14:35 today.`; !strings.Contains(text, want) {
		t.Errorf("text %q lacks %q: values are not filled again", text, want)
	}
	if strings.Contains(got.HTML, "<script") || !strings.Contains(got.HTML, "a &amp; b") {
		t.Errorf("HTML is not escaped:\n%s", got.HTML)
	}
	if want := "Acme & Sons Bcc: oleg has received your message"; got.Subject != want {
		t.Errorf("subject %q, want %q", got.Subject, want)
	}
}

func TestRenderSigns(t *testing.T) {
	tests := []struct{ agent, brand, team, want string }{
		{"Marta", "Acme Air", "the {brand} team", "Kind regards,\nMarta\nAcme Air\n"},
		{"", "Acme Air", "the {brand} team", "Kind regards,\nThe Acme Air team\n"},
		{"", "Acme Air", "customer care", "Kind regards,\nCustomer care\nAcme Air\n"},
		{"", "Acme Air", "", "Kind regards,\nAcme Air\n"},
		{" \n", "Acme Air", "our team", "Kind regards,\nOur team\nAcme Air\n"},
		{"marta", "Acme Air", "our team", "Kind regards,\nmarta\nAcme Air\n"},
	}
	for _, tt := range tests {
		template := english
		template.Team = tt.team
		r := sample(t, "en", 1)
		r.Agent, r.Brand = tt.agent, tt.brand
		if got := Render(template, r).Text; !strings.HasSuffix(got, "\n\n"+tt.want) {
			t.Errorf("agent %q, team %q: text ends %q, want %q", tt.agent, tt.team, got[len(got)-60:], tt.want)
		}
	}
}

func TestRenderAlwaysSaysAutomatic(t *testing.T) {
	for lang, want := range map[string]string{
		"en": "This is an automatic receipt; Marta", "de": "Dies ist eine automatische Eingangsbestätigung; Marta", "nl": "This is an automatic receipt; Marta",
	} {
		r := sample(t, lang, 1)
		if text := mustBeWhole(t, Render(Template{Automatic: " \n"}, r)); !strings.Contains(text, want) {
			t.Errorf("%s: %q lacks %q", lang, text, want)
		}
	}
}

func TestRenderCapitals(t *testing.T) {
	for body, want := range map[string]string{
		"{agent} answers {due}.":             "The Acme Air team answers by 14:35 today.",
		"Thanks! {agent} answers. {due}, so": "Thanks! The Acme Air team answers. By 14:35 today, so",
		"Thanks.\n\n{agent} answers {due}.":  "Thanks. The Acme Air team answers by 14:35 today.",
		"Thanks,\n{agent} answers {due}.":    "Thanks, the Acme Air team answers by 14:35 today.",
		"¿{agent}? {due}.":                   "¿The Acme Air team? By 14:35 today.",
	} {
		template := english
		template.Neutral = body
		r := sample(t, "en", 1)
		r.Agent, r.Mood = "", "" // a mood that nobody could tell is neutral
		if text := mustBeWhole(t, Render(template, r)); !strings.Contains(text, want) {
			t.Errorf("%q reads %q, want %q in it", body, text, want)
		}
	}
}

func TestRenderParagraphs(t *testing.T) {
	template := english
	template.Neutral = "\n\nOne\nand two {agent}.\n \n\nThree {due}.\n"
	r := sample(t, "en", 1)
	r.Mood = triage.Neutral
	got := Render(template, r)
	mustBeWhole(t, got)
	if want := "Hello Ana,\n\nOne and two Marta.\n\nThree by 14:35 today.\n\nThis is"; !strings.HasPrefix(got.Text, want) {
		t.Errorf("text %q, want %q first", got.Text, want)
	}
	if n := strings.Count(got.HTML, "<p "); n != 5 {
		t.Errorf("%d paragraphs in HTML, want 5", n)
	}
}

// outlook is what only Outlook for Windows sees.
var outlook = regexp.MustCompile(`<!--\[if mso\]>.*?<!\[endif\]-->`)

func TestTheBrandsFooter(t *testing.T) {
	r := sample(t, "en", 1)
	r.Footer = "Acme Air S.p.A.\n\nVia <Appia> 1, Rome\x00\n"
	got := Render(english, r)
	if want := "\n-- \nAcme Air S.p.A.\nVia <Appia> 1, Rome\n"; !strings.HasSuffix(got.Text, want) {
		t.Errorf("the text ends in %q", got.Text[len(got.Text)-80:])
	}
	if want := "Acme Air S.p.A.<br/>\nVia &lt;Appia&gt; 1, Rome</p>"; !strings.Contains(got.HTML, want) || strings.Count(got.HTML, "<!--[if mso]>") != 2 {
		t.Errorf("the page is %s", got.HTML)
	}
	answer := Answer(Person{Agent: "Ana", Brand: "Acme Air", Text: "Hello.", Signature: "Ana Ferrante\nCustomer care <Rome>", Footer: r.Footer})
	if want := "Hello.\n\nAna Ferrante\nCustomer care <Rome>\n\n-- \nAcme Air S.p.A.\nVia <Appia> 1, Rome\n"; answer.Text != want {
		t.Errorf("an answer is %q", answer.Text)
	}
	if !strings.Contains(answer.HTML, "Ana Ferrante<br/>\nCustomer care &lt;Rome&gt;</p>") || !strings.Contains(answer.HTML, "Via &lt;Appia&gt; 1, Rome</p>") {
		t.Errorf("its page is %s", answer.HTML)
	}
}

func TestRenderPage(t *testing.T) {
	for lang, want := range map[string]string{"en": `lang="en" dir="ltr"`, "pt-BR": `lang="pt" dir="ltr"`, "he": `lang="he" dir="rtl"`} {
		got := Render(english, sample(t, lang, 1))
		if n := strings.Count(got.HTML, want); n != 2 {
			t.Errorf("%s: %s stands %d times, want 2 (html, div)", lang, want, n)
		}
		for _, never := range []string{"<a ", "<img", "<table", "http:", "https:", "url(", "<script", ";color:", "background"} {
			if strings.Contains(outlook.ReplaceAllString(got.HTML, ""), never) {
				t.Errorf("%s: %q in the page", lang, never)
			}
		}
		if !strings.Contains(got.HTML, `<meta name="color-scheme" content="light dark"/>`) {
			t.Errorf("%s: the page does not offer light and dark", lang)
		}
	}
}

func FuzzRender(f *testing.F) {
	f.Add("en", "{agent} answers {due}.", "Automatic.", "Ana", "Marta", "Acme Air", int64(1795000000), int64(3600), 3600, true)
	f.Add("fr", "Merci\u00a0: {agent}\n\n{due}", "", "<b>", "", "A&B", int64(1774742400), int64(59), -12600, false)
	f.Add("xx", "{{agent}{", "{due}{name}{brand}", "Ana\r\n", "the {due}", "\u2028", int64(0), int64(-1), 1, false)
	f.Add("\"><", "\ufffe\xff\x00", "{", "x", "\uffff", "", int64(-1), int64(1)<<40, 90000, true)
	f.Add("en", strings.Repeat("0", 78)+" 0", "", "", "", "", int64(0), int64(0), 0, true) // a closing of more than a line
	f.Fuzz(func(t *testing.T, lang, body, automatic, name, agent, brand string, unix, after int64, seconds int, sure bool) {
		const years = 1 << 33 // bounded to years that a date can be written in
		now := time.Unix(unix%years, 0)
		r := Receipt{Language: lang, Name: name, Agent: agent, Brand: brand, Now: now, Due: now.Add(time.Duration(after % (1 << 50))),
			Zone: time.FixedZone("", seconds%86400), ZoneSure: sure}
		template, _ := Builtin("en")
		template.Neutral, template.Automatic, template.Closing = body, automatic, body
		got := Render(template, r)
		mustBeWhole(t, got)
		if len(words(automatic)) == 0 && !strings.Contains(got.Text, "utomat") && !strings.Contains(got.Text, "автомат") {
			t.Errorf("does not say that it is automatic:\n%s", got.Text)
		}
		if again := Render(template, r); again != got {
			t.Error("the second time it reads otherwise")
		}
	})
}

func BenchmarkRender(b *testing.B) {
	template, _ := Builtin("ru")
	r := sample(b, "ru", 25)
	r.ZoneSure = false
	for b.Loop() {
		Render(template, r)
	}
}

func ExampleRender() {
	template, _ := Builtin("en")
	now := time.Date(2026, 11, 20, 13, 5, 0, 0, time.UTC)
	receipt := Render(template, Receipt{
		Language: "en", Mood: triage.Positive, Name: "Ana Bianchi", Agent: "Marta", Brand: "Acme Air",
		Now: now, Due: now.Add(90 * time.Minute), Zone: time.UTC, ZoneSure: true,
	})
	fmt.Println(receipt.Text)
	// Output:
	// Hello Ana Bianchi,
	//
	// Thank you so much for your kind words; they mean a lot to us. Marta has your
	// message and will answer you by 14:35 today.
	//
	// This is an automatic receipt; Marta will answer you personally.
	//
	// Kind regards,
	// Marta
	// Acme Air
}
