package triage

import (
	"slices"
	"testing"
)

// Thanks and praise for damage are complaint in every language, whatever else the message praises.
func TestThanksForDamage(t *testing.T) {
	for _, in := range []Input{
		{Subject: "Great", Text: "Great, thanks for losing my bag AGAIN. Wonderful service, really."},
		{Text: "Great, thanks for losing my bag AGAIN. Wonderful service, really."},
		{Text: "Great job losing my suitcase, excellent work."},
		{Text: "Thank you so much for ruining our honeymoon! Fantastic airline."},
		{Text: "Congratulations on cancelling my flight, amazing."},
		{Text: "Thanks for losing my bag despite the priority tag. Great!"},
		{Text: "Thanks for losing my bag and not helping. Where is it?"},
		{Text: "Danke fürs Ignorieren!"},
		{Text: "Grazie per aver perso la mia valigia, complimenti!"},
		{Text: "Grazie per avermi rovinato le vacanze, siete fantastici."},
		{Text: "Complimenti per aver perso la valigia, ottimo servizio!"},
		{Text: "Gracias por perder mi maleta, excelente servicio."},
		{Text: "Gracias por haber cancelado mi vuelo, ¡enhorabuena!"},
		{Text: "Merci d'avoir perdu ma valise, excellent service !"},
		{Text: "Merci beaucoup d'avoir annulé mon vol, bravo !"},
		{Text: "Danke, dass Sie meinen Koffer verloren haben. Toller Service!"},
		{Text: "Vielen Dank, dass ihr meinen Urlaub ruiniert habt. Perfekt!"},
		{Text: "Obrigado por perder a minha mala, excelente serviço!"},
		{Text: "Obrigada por terem perdido a minha mala. Parabéns!"},
		{Text: "Спасибо, что потеряли мой чемодан, отличный сервис!"},
		{Text: "Спасибо, что отменили мой рейс. Молодцы!"},
	} {
		s := Lexicon(in).Sentiment
		if s.Label != Negative || !slices.Contains(s.Why, "sarcasm") {
			t.Errorf("%+v: %+v", in, s)
		}
	}
}

// Praise beside damage is not thanked for: neutral at least.
func TestPraiseBesideDamage(t *testing.T) {
	for _, text := range []string{
		"Wonderful service, excellent crew, you lost my bag.",
		"The flight was delayed but the crew was wonderful and amazing.",
		"Servizio eccellente, fantastico, la valigia è danneggiata.",
		"Excelente servicio, fantástico. La maleta llegó rota.",
		"Excellent service, équipage parfait. Ma valise est cassée.",
		"Ausgezeichneter Service, perfekt. Der Koffer ist kaputt.",
		"Excelente serviço, perfeito. A mala chegou danificada.",
		"Прекрасный сервис, отличный экипаж. Чемодан повредили.",
	} {
		if s := Lexicon(Input{Text: text}).Sentiment; s.Label == Positive || s.Score > 0 {
			t.Errorf("%q: %+v", text, s)
		}
	}
}

// Thanks for what was put right are thanks.
func TestPraiseForRepair(t *testing.T) {
	for text, want := range map[string]Mood{
		"Thank you for finding my lost bag!":                                Positive,
		"Thank you so much for tracing my lost bag, wonderful service.":     Positive,
		"My bag was lost, but you found it within a day. Wonderful service": Positive,
		"Thanks for not losing my bag this time, great flight.":             Positive,
		"No delays, nothing lost, a perfect flight.":                        Positive,
		"You didn't lose my bag, thank you!":                                Positive,
		"Great flight despite the delay, thank you!":                        Positive,
		"Merci de m'avoir remboursé mon vol annulé, super service !":        Positive,
		"Thanks for the lost and found office, great people.":               Positive,
		"Grazie per aver ritrovato la valigia persa!":                       Positive,
		"Gracias por encontrar mi maleta perdida, excelente servicio.":      Positive,
		"Merci d'avoir retrouvé ma valise perdue !":                         Positive,
		"Danke, dass Sie meinen verlorenen Koffer gefunden haben!":          Positive,
		"Obrigado por encontrarem a minha mala perdida!":                    Positive,
		"Спасибо, что нашли потерянный чемодан!":                            Positive,
	} {
		if s := Lexicon(Input{Text: text}).Sentiment; s.Label != want {
			t.Errorf("%q: %+v, want %s", text, s, want)
		}
	}
}

// Thanks for help with damage are no sarcasm.
func TestThanksForHelp(t *testing.T) {
	for _, text := range []string{
		"Thank you for your help with my lost bag",
		"Thank you for the refund of my cancelled flight!",
		"Thanks for the update on the delayed flight.",
		"Danke für Ihre Hilfe mit dem verlorenen Koffer!",
		"Grazie per l'aiuto con la valigia persa!",
		"Gracias por su ayuda con la maleta perdida",
		"Merci pour votre aide avec ma valise perdue",
		"Obrigado pela ajuda com a mala perdida",
		"Спасибо за помощь с потерянным чемоданом",
	} {
		if s := Lexicon(Input{Text: text}).Sentiment; s.Label == Negative {
			t.Errorf("%q: %+v", text, s)
		}
	}
}

// "Not bad" beside a question keeps the peace; alone it is praise.
func TestLitotesBesideQuestion(t *testing.T) {
	for text, want := range map[string]Mood{
		"not bad at all, I am not angry, just asking when check-in opens":  Neutral,
		"Not bad. When does check-in open?":                                Neutral,
		"Non male, non sono arrabbiata, volevo solo sapere quando si apre": Neutral,
		"No está mal, solo pregunto a qué hora abre la facturación":        Neutral,
		"Pas mal, je voulais juste savoir à quelle heure ouvre le guichet": Neutral,
		"Nicht schlecht, ich wollte nur wissen, wann der Schalter öffnet":  Neutral,
		"Nada mal, só queria saber quando abre o balcão":                   Neutral,
		"Неплохо, просто хотела узнать, когда открывается регистрация":     Neutral,
		"Not bad at all, I am not angry!":                                  Positive,
		"The crew was wonderful. When does check-in open?":                 Positive,
	} {
		if s := Lexicon(Input{Text: text}).Sentiment; s.Label != want {
			t.Errorf("%q: %+v, want %s", text, s, want)
		}
	}
}

// Who is hurt, in danger or going to law is never answered as if nothing were the matter.
func TestAlarm(t *testing.T) {
	for text, why := range map[string]string{
		"I was bitten by a dog in your lounge and I am bleeding": "medical: bitten",
		"I will call my lawyer.":                                 "legal: lawyer",
		"There was smoke in the cabin.":                          "safety: smoke in",
		"Il mio avvocato vi scriverà.":                           "legal: avvocato",
		"C'è odore di fumo in cabina.":                           "safety: odore di fumo",
		"Estoy sangrando en la sala de espera.":                  "medical: sangrando",
		"Je saigne, je suis dans votre salon.":                   "medical: saigne",
		"Ich schalte meinen Anwalt ein.":                         "legal: anwalt",
		"Vou processar a companhia.":                             "legal: vou processar",
		"Я подам в суд.":                                         "legal: подам в суд",
	} {
		j := Lexicon(Input{Text: text})
		if s := j.Sentiment; s.Label != Negative || s.Score > -0.3 || !slices.Contains(s.Why, why) || !j.Urgent {
			t.Errorf("%q: %+v, urgent %v; want %q", text, s, j.Urgent, why)
		}
	}
}

// A question about medicine, or an alarm that is over, is no bad mood.
func TestAllIsWell(t *testing.T) {
	for _, text := range []string{
		"Can I take my insulin on board?",
		"There was smoke in the cabin yesterday, but nobody was hurt and all is well.",
		"I was bitten by a dog in the lounge, but I am fine. Just so that you know.",
		"Mio marito è stato in ospedale, ora sta bene.",
		"Mi marido estuvo en el hospital, ya está bien.",
		"Mon mari était à l'hôpital, il va bien.",
		"Mein Mann war im Krankenhaus, es geht ihm gut.",
		"O meu marido esteve no hospital, já está bem.",
		"Муж был в больнице, сейчас все хорошо.",
		"Your crew saved my life when I had a heart attack. Thank you, you are wonderful!",
	} {
		if s := Lexicon(Input{Text: text}).Sentiment; s.Label == Negative {
			t.Errorf("%q: %+v", text, s)
		}
	}
}
