package triage_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"testing"

	"pronto/shared/triage"
)

func TestWhatHurts(t *testing.T) {
	for text, want := range map[string]triage.Abuse{
		"You are all idiots.":                           triage.Insult,
		"Where is my bag, you useless bunch of morons?": triage.Insult,
		"Fuck you and your airline":                     triage.Insult,
		"f u c k you":                                   triage.Insult,
		"F*CK YOU ALL":                                  triage.Insult,
		"fuuuuck yoooou":                                triage.Insult,
		"f.u.c.k. off":                                  triage.Insult,
		"You are 1d10ts":                                triage.Insult,
		"You are іdіоts":                                triage.Insult, // letters of Cyrillic
		"aѕѕhole? Asshole!":                             triage.Insult,
		"Go kill yourself":                              triage.Insult,
		"You dirty f4ggot":                              triage.Slur,
		"I know where you live. I will kill you.":       triage.Threat,
		"I'll fucking kill you all":                     triage.Threat,
		"Siete degli idioti!":                           triage.Insult,
		"Andate a cagare":                               triage.Insult,
		"Vi ammazzo tutti":                              triage.Threat,
		"Sois unos inútiles":                            triage.Insult,
		"Iros a la mierda":                              triage.Insult,
		"Sé dónde vives, os voy a matar":                triage.Threat,
		"Vous êtes des abrutis":                         triage.Insult,
		"Allez-vous faire foutre":                       triage.Insult,
		"Je vais vous tuer":                             triage.Threat,
		"Ihr seid Vollidioten":                          triage.Insult,
		"Verpisst euch":                                 triage.Insult,
		"Ich weiß, wo ihr wohnt.":                       triage.Threat,
		"Ich bring euch um":                             triage.Threat,
		"Vocês são uns imbecis":                         triage.Insult,
		"Vão se foder":                                  triage.Insult,
		"Вы идиоты":                                     triage.Insult,
		"Идите на хуй":                                  triage.Insult,
		"Я вас убью":                                    triage.Threat,
		"My suitcase arrived broken. This is terrible, I am furious!!": "",
		"Your service is shit and this is total bullshit.":             "",
		"What the hell is going on, damn it? This is a fucking joke.":  "",
		"I feel like an idiot for having trusted you.":                 "",
		"What an idiot I was":                              "",
		"I will find you another customer like me nowhere": "",
		"I'll shoot you an email tomorrow":                 "",
		"This delay is killing me. You kill my patience.":  "",
		"Scunthorpe, Penistone and Arsenal: three bags":    "",
		"Che schifo di servizio, merda di compagnia!":      "",
		"Menuda mierda de servicio, estoy harto":           "",
		"C'est de la merde votre service":                  "",
		"Das ist doch scheiße, ich bin stinksauer":         "",
		"Que porcaria, um lixo de atendimento":             "",
		"Ужасный сервис, просто кошмар":                    "",
		"Danke, du bist ein Schatz":                        "",
		"http://fuck.you/idiot and idiot@you.example":      "",
		"": "",
	} {
		if got := triage.Abusive(triage.Input{Text: text}); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if triage.Abusive(triage.Input{Subject: "Fuck you", Text: "See above."}) != triage.Insult || triage.Abusive(triage.Input{Subject: "You idiots", Text: "I will kill you"}) != triage.Threat {
		t.Error("the subject is not read, or the worse of the two is not told")
	}
}

// Of texts that people have told negative, neutral or positive nobody has told what is abuse. What is held here is how seldom it is found where it hardly can be: in the
// positive ones, and in 600 letters to airlines, most of them angry.
func TestAngryCustomersAreNotHidden(t *testing.T) {
	for file, most := range map[string]map[string]float64{ // in a thousand
		"dev/care-en.jsonl":   {"negative": 0, "neutral": 0, "positive": 0},
		"goemotions.jsonl":    {"positive": 2, "neutral": 2},
		"xed.jsonl":           {"positive": 1.5, "neutral": 1},
		"ru-goemotions.jsonl": {"positive": 1, "neutral": 2},
	} {
		in, err := os.Open("../../../shared/data/" + file)
		if errors.Is(err, fs.ErrNotExist) {
			t.Skipf("%s is not beside the repository", file)
		}
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		n, found := map[string]int{}, map[string]int{}
		lines := bufio.NewScanner(in)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var l struct{ Y, Text string }
			if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
				t.Fatal(err)
			}
			n[l.Y]++
			if triage.Abusive(triage.Input{Text: l.Text}) != "" {
				found[l.Y]++
			}
		}
		for y := range n {
			rate := 1000 * float64(found[y]) / float64(n[y])
			t.Logf("%s, %s: %d of %d, %.2f in a thousand", file, y, found[y], n[y], rate)
			if limit, held := most[y]; held && rate > limit {
				t.Errorf("%s: of %d %s texts %d are hidden: more than %.1f in a thousand", file, n[y], y, found[y], limit)
			}
		}
	}
}

func FuzzAbusive(f *testing.F) {
	f.Add("f u c k you", "Idiots!")
	f.Add("* ** a* *b", "\xff\u0300")
	f.Fuzz(func(t *testing.T, subject, text string) {
		if a := triage.Abusive(triage.Input{Subject: subject, Text: text}); a != "" && a.Words() == string(a) {
			t.Errorf("%q has no words", a)
		}
	})
}
