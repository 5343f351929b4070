package triage

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pronto/shared/triage/mood"
)

// The judge agrees with what the lexicon is held to, but for a few that a model of probabilities sees otherwise.
func TestDefaultReadsTheSentences(t *testing.T) {
	n, wrong := 0, 0
	for code, list := range sentences {
		for _, s := range list {
			n++
			if j := Default(Input{Text: s[2:], Hint: code}); j.Sentiment.Label != moodSigns[s[0]] {
				wrong++
				t.Logf("%s: %q is %s (%.2f, %q)", code, s[2:], j.Sentiment.Label, j.Negative, j.Sentiment.Why)
			}
		}
	}
	if wrong*25 > n {
		t.Errorf("%d of %d read otherwise, at most one in 25", wrong, n)
	}
}

// What customers write without a word of the lexicon: facts that are complaints, questions, praise in other words.
func TestDefaultBeyondTheLexicon(t *testing.T) {
	for _, c := range []struct {
		text string
		want Mood
	}{
		{"Been sitting on the runway since 6, crew timed out, rebooked for tomorrow, no hotel", Negative},
		{"thanks for ruining my holiday", Negative},
		{"oh lovely, another three hours in this queue", Negative},
		{"I must say I expected rather more of a company of your standing.", Negative},
		{"what time does check-in open for 234?", Neutral},
		{"sent you a DM with the booking number", Neutral},
		{"kudos to your crew on 1023", Positive},
		{"Sono al telefono da due ore e nessuno mi passa un operatore", Negative},
		{"Seit zwei Stunden in der Warteschleife, dann aus der Leitung geworfen", Negative},
		{"Llevo tres horas en el aeropuerto y sin información", Negative},
		{"Ça fait deux heures que j'attends au téléphone", Negative},
		{"Estou há duas horas no telefone e ninguém atende", Negative},
		{"Вишу на линии уже два часа, трубку бросают", Negative},
	} {
		if j := Default(Input{Text: c.text}); j.Sentiment.Label != c.want {
			t.Errorf("%q is %s (%.2f, %q), want %s", c.text, j.Sentiment.Label, j.Negative, j.Sentiment.Why, c.want)
		}
	}
}

// A long mail is judged passage by passage, and its end says most.
func TestTheEndOfAMailWeighsMost(t *testing.T) {
	facts := "I booked two seats in May for the flight from Rome to Oslo, number 7KQ2ZX. The office sent the papers to our old address in Bergen, and I called in June. "
	praise := "In the end your colleague at the desk was wonderful, she found us two seats at once. Thank you so much for the excellent service, we will gladly fly with you again."
	complaint := "In the end nobody helped us and we spent the night on the floor. This is the worst service that I have ever had, I am furious and I want my money back."
	happy, angry := Default(Input{Text: strings.Repeat(facts, 4) + praise}), Default(Input{Text: strings.Repeat(facts, 4) + complaint})
	if happy.Sentiment.Label != Positive || angry.Sentiment.Label != Negative {
		t.Errorf("happy end: %s %.2f; bad end: %s %.2f", happy.Sentiment.Label, happy.Negative, angry.Sentiment.Label, angry.Negative)
	}
	turn := Default(Input{Text: praise + " " + strings.Repeat(facts, 4) + complaint})
	if turn.Negative < 0.5 {
		t.Errorf("praise first, complaint at the end: %.2f", turn.Negative)
	}
}

// The sarcasm, alarm and repair that the lexicon knows hold for the judge.
func TestDefaultIsBound(t *testing.T) {
	for _, text := range []string{
		"Thanks for losing my suitcase, wonderful service!", "Grazie per aver perso la mia valigia, complimenti!", "Danke, dass ihr meinen Urlaub ruiniert habt. Perfekt!",
		"I was bitten by a dog in your lounge and I am bleeding", "Я подам в суд.",
	} {
		if j := Default(Input{Text: text}); j.Sentiment.Label != Negative || j.Negative < 0.6 {
			t.Errorf("%q: %s %.2f", text, j.Sentiment.Label, j.Negative)
		}
	}
	for _, text := range []string{"The hotel near the hospital was nice", "L'hotel vicino all'ospedale era bello", "Das Hotel neben dem Krankenhaus war schön", "Отель рядом с больницей был хороший"} {
		if j := Default(Input{Text: text}); j.Urgent || j.Sentiment.Label == Negative {
			t.Errorf("%q: urgent %v, %s, %q", text, j.Urgent, j.Sentiment.Label, j.PriorityWhy)
		}
	}
}

func TestWhichLexiconsHaveAModel(t *testing.T) {
	for i, code := range packedLists {
		if (mood.Block(code) >= 0) != (i < modelled) {
			t.Errorf("%s: a model %v", code, mood.Block(code) >= 0)
		}
	}
}

// What should not wait, without being a matter of hours.
func TestSoon(t *testing.T) {
	for text, want := range map[string]string{
		"We have had no heating since Monday.":        "outage",
		"Please close my account.":                    "cancelling",
		"My mother travels in a wheelchair, gate 12.": "vulnerable",
		"Ich kündige hiermit den Vertrag.":            "cancelling",
		"Viaggio con un neonato, volo 12.":            "vulnerable",
		"Answer asap":                                 "asap",
		"It is not urgent at all.":                    "",
		"To nie jest pilne.":                          "",
	} {
		j := Default(Input{Text: text})
		if why := strings.Join(j.PriorityWhy, "; "); want != "" && (j.Urgency() != SoonPlease || j.Priority != High || !strings.Contains(why, want)) || want == "" && j.Urgency() != NoHurry {
			t.Errorf("%q: %s, %s, %q; want %q", text, j.Urgency(), j.Priority, j.PriorityWhy, want)
		}
	}
}

// A hint needs two cues of one card, and shows them; one alone, or two cards as loud, give none.
func TestPersona(t *testing.T) {
	for _, c := range []struct {
		text string
		want Card
	}{
		{"I demand a full refund today. No excuses, I will not accept a voucher.", Dogmatic},
		{"You people are useless and incompetent. Shame on you, thieves!", Aggressive},
		{"Sorry to bother you, I am not one to complain, maybe it is just me.", Passive},
		{"By the way, long story short, my neighbour told me the same.", Talkative},
		{"Yes or no? Get to the point, I have no time.", Confident},
		{"I have always booked with you, for years, and always with the same agent.", Habitual},
		{"As a gold member and loyal customer, you know me.", Sociable},
		{"According to your terms, section 4, there is a discrepancy. Firstly, the fee.", Perfectionist},
		{"Sono una cliente affezionata, tessera oro, mi conoscete.", Sociable},
		{"Laut AGB, Paragraph 4, gibt es eine Abweichung.", Perfectionist},
		{"I want this fixed now. Not tomorrow, and no excuses.", Dogmatic},
		{"I don't want to make a fuss, and no need to reply, it is only a small thing.", Passive},
		{"Facts please, no small talk: is it refunded, yes or no?", Confident},
		{"It's me again, one of your best customers.", Sociable},
		{"Non mi interessano le scuse: voglio una soluzione adesso, senza se e senza ma.", Dogmatic},
		{"Estoy acostumbrada a hablar con la misma persona, desde hace muchos años.", Habitual},
		{"Bref, je commence par le début : ma belle-mère avait réservé.", Talkative},
		{"Не хочу доставлять хлопот, только одна мелочь.", Passive},
		{"My frequent flyer number does not show my status.", ""}, // a matter, and no manner
		{"I sat in section C for exactly three hours, you know.", ""},
		{"Anyway, you know what I mean.", ""},
		{"Where is my bag?", ""},
		{"I demand an answer.", ""},
		{"You people are wonderful, and shame on you for spoiling us so!", ""},
	} {
		j := Default(Input{Text: c.text})
		switch {
		case j.Persona == nil && c.want != "":
			t.Errorf("%q: no hint, want %s", c.text, c.want)
		case j.Persona != nil && (j.Persona.Card != c.want || len(j.Persona.Evidence) < enoughCues || !strings.Contains(j.Persona.Words(), string(c.want))):
			t.Errorf("%q: %+v, want %q", c.text, *j.Persona, c.want)
		}
	}
	for _, c := range Cards {
		if helps, mind := c.Advice(); helps == "" || mind == "" {
			t.Errorf("%s: no advice", c)
		}
	}
	for _, code := range packedLists[:modelled] {
		n := map[string]int{}
		lexiconOf(code).every(func(_ string, e entry) {
			if e.kind == manner {
				n[e.reason]++
			}
		})
		for _, c := range Cards {
			if n[string(c)] < 5 {
				t.Errorf("%s: %d cues for %s", code, n[string(c)], c)
			}
		}
		if len(n) != len(Cards) {
			t.Errorf("%s: cards %v", code, n)
		}
	}
}

func FuzzDefault(f *testing.F) {
	for _, list := range sentences {
		for _, s := range list[:2] {
			f.Add("Re: Acme", s[2:], "en")
		}
	}
	f.Add("\xff", "n't n’t ' N'T :( <3 (((( ?!?! ... @", "it-IT")
	f.Add("", "😡️🏽‍♀️ 1234567 aaaaa AAAA ))) $%", "")
	f.Fuzz(func(t *testing.T, subject, text, hint string) {
		j := Default(Input{Subject: subject, Text: text, Hint: hint})
		if j.Negative < 0 || j.Negative > 1 || j.Sentiment.Score < -1 || j.Sentiment.Score > 1 || len(j.Sentiment.Why) == 0 || len(j.PriorityWhy) == 0 || !slices.Contains(labels[:], j.Sentiment.Label) {
			t.Errorf("%+v", j)
		}
		if again := Default(Input{Subject: subject, Text: text, Hint: hint}); fmt.Sprint(again) != fmt.Sprint(j) {
			t.Errorf("not deterministic: %+v, then %+v", j, again)
		}
	})
}
