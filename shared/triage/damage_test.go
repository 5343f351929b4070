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
