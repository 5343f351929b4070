package triage

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// What customers might write, in each language and mood. The first letter is the mood expected.
var sentences = map[string][]string{
	"en": {
		"- You lost my bag and nobody answers the phone.",
		"- This is the third time I write and I am still waiting for my refund.",
		"- My flight was cancelled and you refuse to rebook me.",
		"- The app does not work.",
		"- I have been on hold for two hours. Unacceptable!",
		"- Thanks for nothing.",
		"- Great, another delay.",
		"- Thanks for losing my suitcase!",
		"- My bag didn't arrive. Thanks in advance for your help.",
		"- The crew was not friendly at all.",
		"- WORST AIRLINE EVER",
		"- Well that was a waste of money 😡",
		"0 Where is my bag?",
		"0 What is your cancellation policy?",
		"0 Could you please change my seat to 12A? Thanks in advance.",
		"0 I would like to add a bag to my booking.",
		"0 How do I cancel my booking?",
		"0 Do you fly to Oslo on Sundays? Best regards, Ana",
		"0 Please find the form attached. Kind regards",
		"+ Thank you!",
		"+ The crew on my flight was wonderful.",
		"+ Not bad at all, well done!",
		"+ You solved my problem in minutes, excellent service.",
		"+ I love your new lounge ❤",
		"+ Thank you so much for the quick answer.",
		"+ Can't complain, everything was great.",
	},
	"it": {
		"- Avete perso la mia valigia e nessuno risponde al telefono.",
		"- È la terza volta che scrivo e sto ancora aspettando il rimborso.",
		"- Il volo è stato cancellato senza preavviso, una vergogna.",
		"- L'app non funziona.",
		"- Il vostro servizio è pessimo!",
		"- Grazie per niente.",
		"- Ottimo, un altro ritardo.",
		"- Non sono per niente soddisfatto del servizio.",
		"- La valigia è arrivata rotta. Grazie in anticipo.",
		"- Nessuno mi ha risposto.",
		"- mai più con voi 😡",
		"0 Dov'è la mia valigia?",
		"0 Buongiorno, vorrei cambiare il posto. Grazie in anticipo.",
		"0 Quanto costa un bagaglio in più?",
		"0 Qual è la vostra politica di cancellazione?",
		"0 Si può portare la chitarra in cabina? Cordiali saluti",
		"0 Resto in attesa di un vostro riscontro. Cordiali saluti",
		"+ Grazie mille!",
		"+ Il personale è stato gentilissimo, complimenti.",
		"+ Volo perfetto, tutto in orario.",
		"+ Non male, bravi!",
		"+ Siete fantastici ❤",
		"+ Avete risolto il problema in un attimo, ottimo servizio.",
	},
	"es": {
		"- Han perdido mi maleta y nadie responde.",
		"- Es la tercera vez que escribo y sigo esperando el reembolso.",
		"- Mi vuelo fue cancelado y no me dan ninguna solución.",
		"- La aplicación no funciona.",
		"- Un servicio pésimo, no vuelvo a volar con ustedes.",
		"- Gracias por nada.",
		"- Genial, otro retraso.",
		"- No estoy nada contenta con la atención.",
		"- La maleta llegó rota. Gracias de antemano.",
		"- Qué vergüenza de compañía 😡",
		"- Todavía no he recibido respuesta.",
		"0 ¿Dónde está mi maleta?",
		"0 Buenos días, quisiera cambiar el asiento. Gracias de antemano.",
		"0 ¿Cuánto cuesta una maleta adicional?",
		"0 ¿Cuál es su política de cancelación?",
		"0 ¿Puedo llevar una guitarra en cabina? Un saludo",
		"0 Adjunto el formulario. Atentamente",
		"+ ¡Muchas gracias!",
		"+ El personal fue muy amable, enhorabuena.",
		"+ Un vuelo perfecto, todo a tiempo.",
		"+ No está mal, ¡muy bien!",
		"+ Me encanta su nueva sala ❤",
		"+ Han resuelto el problema enseguida, excelente servicio.",
	},
	"fr": {
		"- Vous avez perdu ma valise et personne ne répond.",
		"- C'est la troisième fois que j'écris et j'attends toujours le remboursement.",
		"- Mon vol a été annulé sans explication, c'est inadmissible.",
		"- L'application ne marche pas.",
		"- Votre site marche pas",
		"- Merci pour rien.",
		"- Super, encore un retard.",
		"- Je ne suis pas du tout satisfait de votre service.",
		"- La valise est arrivée cassée. Merci d'avance.",
		"- Quelle honte cette compagnie 😡",
		"- Je n'ai reçu aucune réponse.",
		"0 Où est ma valise ?",
		"0 Bonjour, je voudrais changer de siège. Merci d'avance.",
		"0 Combien coûte un bagage supplémentaire ?",
		"0 Quelles sont vos conditions d'annulation ?",
		"0 Puis-je emporter une guitare en cabine ? Cordialement",
		"0 Veuillez trouver ci-joint le formulaire. Bien cordialement",
		"+ Merci beaucoup !",
		"+ Le personnel était très aimable, bravo.",
		"+ Un vol parfait, tout à l'heure.",
		"+ Pas mal du tout, félicitations !",
		"+ J'adore votre nouveau salon ❤",
		"+ Vous avez résolu mon problème tout de suite, excellent service.",
	},
	"de": {
		"- Sie haben meinen Koffer verloren und niemand antwortet.",
		"- Ich schreibe zum dritten Mal und warte immer noch auf die Erstattung.",
		"- Mein Flug wurde annulliert, das ist eine Frechheit.",
		"- Die App funktioniert nicht.",
		"- Der Service ist nicht gut.",
		"- Danke für nichts.",
		"- Toll, schon wieder eine Verspätung.",
		"- Ich bin überhaupt nicht zufrieden.",
		"- Der Koffer kam beschädigt an. Danke im Voraus.",
		"- Nie wieder mit euch 😡",
		"- Ich habe keine Antwort erhalten.",
		"0 Wo ist mein Koffer?",
		"0 Guten Tag, ich möchte gerne den Sitzplatz ändern. Vielen Dank im Voraus.",
		"0 Wie viel kostet ein zusätzliches Gepäckstück?",
		"0 Wie sind Ihre Stornierungsbedingungen?",
		"0 Kann ich eine Gitarre in die Kabine mitnehmen? Mit freundlichen Grüßen",
		"0 Im Anhang finden Sie das Formular. Mit freundlichen Grüßen",
		"+ Danke!",
		"+ Das Personal war sehr freundlich, großes Lob.",
		"+ Perfekter Flug, alles pünktlich.",
		"+ Gar nicht schlecht, weiter so!",
		"+ Ich liebe eure neue Lounge ❤",
		"+ Sie haben mein Problem sofort gelöst, ausgezeichneter Service.",
	},
	"pt": {
		"- Perderam a minha mala e ninguém responde.",
		"- É a terceira vez que escrevo e ainda estou à espera do reembolso.",
		"- O meu voo foi cancelado sem explicação, uma vergonha.",
		"- A aplicação não funciona.",
		"- O atendimento foi péssimo.",
		"- Obrigado por nada.",
		"- Ótimo, mais um atraso.",
		"- Não estou nada satisfeita com o serviço.",
		"- A mala chegou partida e estragada. Obrigada desde já.",
		"- Nunca mais viajo com vocês 😡",
		"- Ainda não recebi resposta.",
		"0 Onde está a minha mala?",
		"0 Bom dia, gostaria de mudar o lugar. Obrigado desde já.",
		"0 Quanto custa uma mala adicional?",
		"0 Qual é a política de cancelamento?",
		"0 Posso levar uma guitarra na cabine? Atenciosamente",
		"0 Segue em anexo o formulário. Com os melhores cumprimentos",
		"+ Muito obrigado!",
		"+ A equipa foi muito simpática, parabéns.",
		"+ Voo perfeito, tudo a tempo.",
		"+ Nada mal, continuem assim!",
		"+ Adoro a vossa nova sala ❤",
		"+ Resolveram o problema num instante, excelente serviço.",
	},
	"ru": {
		"- Вы потеряли мой чемодан, и никто не отвечает.",
		"- Пишу уже третий раз и до сих пор жду возврата денег.",
		"- Мой рейс отменили без объяснений, это безобразие.",
		"- Приложение не работает.",
		"- Ужасный сервис!",
		"- Спасибо за ничего.",
		"- Отлично, опять задержка.",
		"- Я совсем не доволен обслуживанием.",
		"- Чемодан пришёл сломанный. Заранее спасибо.",
		"- Больше никогда с вами 😡",
		"- Я так и не получила ответа.",
		"0 Где мой чемодан?",
		"0 Добрый день, хотела бы поменять место. Заранее спасибо.",
		"0 Сколько стоит дополнительный багаж?",
		"0 Какие у вас условия отмены?",
		"0 Можно ли взять гитару в салон? С уважением, Олег",
		"0 Форма во вложении. С уважением",
		"+ Спасибо большое!",
		"+ Экипаж был очень вежливый, молодцы.",
		"+ Прекрасный полёт, всё вовремя.",
		"+ Неплохо, так держать!",
		"+ Обожаю ваш новый зал ❤",
		"+ Вы сразу решили мою проблему, отличный сервис.",
	},
}

var moodSigns = map[byte]Mood{'-': Negative, '0': Neutral, '+': Positive}

func TestSentences(t *testing.T) {
	for code, list := range sentences {
		for _, s := range list {
			want, text := moodSigns[s[0]], s[2:]
			j := Lexicon(Input{Text: text, Hint: code})
			if j.Sentiment.Label != want {
				t.Errorf("%s: %q is %s (%v, %q), want %s", code, text, j.Sentiment.Label, j.Sentiment.Score, j.Sentiment.Why, want)
			}
			if j.Language != code {
				t.Errorf("%q: language %q, want %q", text, j.Language, code)
			}
			if j.Urgent {
				t.Errorf("%q: urgent, because %q", text, j.PriorityWhy)
			}
		}
	}
}

// Questions and requests that use the words of complaint or praise without either.
func TestPlainQuestions(t *testing.T) {
	for _, text := range []string{
		"How many hours before departure must I check in?",
		"What happens if my flight is late?",
		"Can I get a refund if I cancel my ticket?",
		"Is there a fee for changing the date?",
		"I did not receive the confirmation mail, could you send it again?",
		"Which seats are best for a family?",
		"Is my flight delayed?",
		"Is the flight on time?",
		"When will my refund arrive?",
		"I'm not sure whether I can take my dog",
		"Please cancel my booking",
		"Quante ore prima devo arrivare?",
		"Non so se posso portare il cane",
		"Posso avere il rimborso se cancello?",
		"¿Cuántas horas antes debo llegar?",
		"No sé si puedo llevar a mi perro",
		"Combien d'heures avant le départ faut-il arriver ?",
		"Je ne sais pas si je peux prendre mon chien",
		"Wie viele Stunden vorher muss ich da sein?",
		"Ich weiß nicht, ob ich meinen Hund mitnehmen kann.",
		"Quantas horas antes devo chegar?",
		"Não sei se posso levar o meu cão",
		"За сколько часов нужно приехать?",
		"Не знаю, можно ли взять собаку",
		"Hello, I called yesterday about my booking 7KQ2ZX and the agent asked me to send the form again. It is attached.",
		"I still need the invoice for our trip in May. The company asks for it every year, so I am writing again.",
		"I need an invoice, thanks.",
		"The invoice went to my old address in Bergen, the new one is below. Thank you, Ana",
		"Sorry, I gave you the wrong booking number yesterday, it is 7KQ2ZX.",
		"I would like a refund for the second ticket, as my brother has already bought his own.",
		"We want to change our booking to another day, instead of Monday we would rather fly on Tuesday.",
		"Buongiorno, ho prenotato un volo per Oslo. Ho ancora bisogno della fattura, grazie.",
		"Guten Tag, wir brauchen noch die Rechnung. Seit Mai sind wir umgezogen, nur die Adresse ist neu.",
		"Bonjour, nous avons encore besoin de la facture de mai. Nous avons seulement changé d'adresse.",
		"Todavía necesito la factura de mayo, solo ha cambiado la dirección.",
		"Ainda preciso da fatura de maio, só mudou o endereço.",
		"Мне еще нужен счет за май, изменился только адрес.",
	} {
		if j := Lexicon(Input{Text: text}); j.Sentiment.Label != Neutral || j.Priority != Normal {
			t.Errorf("%q: %+v, %s", text, j.Sentiment, j.Priority)
		}
	}
}

// Urgent messages, by the reason that must be named.
func TestUrgent(t *testing.T) {
	for _, c := range []struct{ text, reason string }{
		{"I will kill myself if this goes on.", "harm"},
		{"There was smoke in the cabin.", "safety"},
		{"My medication is in the lost bag.", "medical"},
		{"We are stuck at the airport with two kids.", "stranded"},
		{"My flight leaves in two hours and I cannot check in!", "departure"},
		{"My flight to Rome departs in 45 minutes", "departure"},
		{"Somebody hacked my account, these are unauthorised charges.", "fraud"},
		{"You will hear from my lawyer.", "legal"},
		{"I will go to the press with this.", "press"},
		{"Siamo bloccati in aeroporto senza hotel.", "stranded"},
		{"Il mio volo parte tra 2 ore e non riesco a fare il check-in", "departure"},
		{"Il mio avvocato vi scriverà.", "legal"},
		{"L'insulina è nella valigia smarrita.", "medical"},
		{"Mi hanno clonato la carta dopo il vostro sito.", "fraud"},
		{"Estamos tirados en el aeropuerto de Madrid.", "stranded"},
		{"Mi vuelo sale en dos horas y no puedo facturar.", "departure"},
		{"Voy a hablar con mi abogado.", "legal"},
		{"Nous sommes bloqués à l'aéroport sans hébergement.", "stranded"},
		{"Mon vol part dans deux heures et je ne peux pas m'enregistrer.", "departure"},
		{"Je vais porter plainte.", "legal"},
		{"Wir sitzen am Flughafen fest und haben kein Hotel.", "stranded"},
		{"Mein Flug geht in zwei Stunden und der Check-in klappt nicht.", "departure"},
		{"Ich schalte meinen Anwalt ein.", "legal"},
		{"Estamos presos no aeroporto sem hotel.", "stranded"},
		{"O meu voo sai daqui a duas horas e não consigo fazer o check-in.", "departure"},
		{"Vou processar a companhia.", "legal"},
		{"Мы застряли в аэропорту, ночевать негде.", "stranded"},
		{"Мой рейс через два часа, а регистрация не работает.", "departure"},
		{"Я подам в суд.", "legal"},
	} {
		j := Lexicon(Input{Text: c.text})
		if !j.Urgent || j.Priority != Urgent || !strings.Contains(strings.Join(j.PriorityWhy, "; "), "urgent: "+c.reason) {
			t.Errorf("%q: urgent %v, %s, %q; want %s", c.text, j.Urgent, j.Priority, j.PriorityWhy, c.reason)
		}
	}
}

// What only sounds urgent.
func TestNotUrgent(t *testing.T) {
	for _, text := range []string{
		"My flight leaves in three weeks, can I change it?",
		"My flight was delayed two hours.",
		"Please answer urgently.",
		"The flight takes 2 hours, is there a meal?",
		"Is there a hotel at the airport?",
		"Il volo dura due ore?",
		"Vorrei una risposta urgente.",
		"Der Flug dauert zwei Stunden.",
		"Le vol dure deux heures.",
	} {
		if j := Lexicon(Input{Text: text}); j.Urgent {
			t.Errorf("%q: urgent, because %q", text, j.PriorityWhy)
		}
	}
}

func TestPriority(t *testing.T) {
	for _, c := range []struct {
		text string
		want Priority
		why  string
	}{
		{"You lost my bag and I am still waiting.", High, "negative: 'lost … bag', 'still waiting'"},
		{"Where is my bag?", Normal, "a question without complaint"},
		{"Please answer asap, I need an invoice.", High, "should not wait: 'asap'"},
		{"The crew was wonderful, thank you.", Low, "praise, and nothing is asked: 'wonderful', 'thank you'"},
		{"I love your lounge. Is there one in Oslo?", Normal, "positive, with a question"},
		{"", Normal, "no words to judge"},
		{"The form is attached.", Normal, "no complaint and no praise"},
		{"The app does NOT work!!", High, "negative: 'not work'"},
		{"I am stranded here, terrible.", Urgent, "urgent: stranded ('stranded')"},
	} {
		j := Lexicon(Input{Text: c.text})
		if j.Priority != c.want || !slices.ContainsFunc(j.PriorityWhy, func(w string) bool { return strings.HasPrefix(w, c.why) }) {
			t.Errorf("%q: %s, because %q; want %s, because %q", c.text, j.Priority, j.PriorityWhy, c.want, c.why)
		}
	}
}

func TestWhy(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"The app does NOT work!!", []string{"not work", "exclamation"}},
		{"The crew was not friendly.", []string{"not friendly", "negation"}},
		{"This is HORRIBLE, nothing else to say", []string{"horrible", "nothing", "capitals"}},
		{"Great, another delay.", []string{"great", "delay", "another", "sarcasm"}},
		{"😡", []string{"😡"}},
		{"", []string{"no words"}},
		{"Where is my bag?", []string{"a question"}},
		{"The form is attached.", []string{"no words of praise or complaint"}},
	} {
		if got := Lexicon(Input{Text: c.text}).Sentiment.Why; !slices.Equal(got, c.want) {
			t.Errorf("%q: why %q, want %q", c.text, got, c.want)
		}
	}
}

func TestStrength(t *testing.T) {
	score := func(text string) float64 { return Lexicon(Input{Text: text}).Sentiment.Score }
	for _, c := range []struct{ weak, strong string }{
		{"The service was awful.", "The service was AWFUL."},
		{"The service was awful.", "The service was really awful."},
		{"The service was awful.", "The service was awful!!!"},
		{"The flight was delayed.", "This was the worst flight, disgusting, a scam."},
	} {
		if score(c.strong) >= score(c.weak) {
			t.Errorf("%q (%v) should be worse than %q (%v)", c.strong, score(c.strong), c.weak, score(c.weak))
		}
	}
}

func TestLanguage(t *testing.T) {
	for _, c := range []struct {
		in   Input
		want string
	}{
		{Input{Subject: "Complaint about my flight", Text: "Avete perso la mia valigia e nessuno risponde."}, "it"},
		{Input{Subject: "Verspätung", Text: "OK"}, "de"},
		{Input{Text: "ok 12", Hint: "pt"}, "pt"},
		{Input{Subject: "Mein Koffer ist verloren gegangen", Text: "https://acme.example/x"}, "de"},
		{Input{Text: "😡😡"}, ""},
		{Input{}, ""},
		{Input{Hint: "fr"}, "fr"},
		{Input{Subject: "Visa", Text: "plus?"}, ""},
		{Input{Subject: "Visa", Text: "plus?", Hint: "de"}, "de"},
		{Input{Subject: "Question", Text: "unsubscribe"}, ""},
		{Input{Subject: "Question", Text: "unsubscribe", Hint: "en"}, "en"},
		{Input{Text: "Merci"}, "fr"},
		{Input{Subject: "Билет", Text: "���� �� ����� Ana Rossi"}, "ru"},
		{Input{Subject: "Билет", Text: "????? ?? ??? Ana Rossi"}, "ru"},
		{Input{Subject: "Билет Ana Rossi", Text: "���� �� �����", Hint: "it"}, "ru"},
		{Input{Subject: "Билет", Text: "I would like to change my seat"}, "en"},
		{Input{Subject: "Mein Koffer ist verloren gegangen", Text: "���� �� �����"}, "de"},
		{Input{Text: "Waar is mijn koffer? Ik wacht al drie uur."}, "nl"},
	} {
		if got := Lexicon(c.in).Language; got != c.want {
			t.Errorf("%+v: language %q, want %q", c.in, got, c.want)
		}
	}
}

// A subject counts too, in its own language.
func TestSubject(t *testing.T) {
	for _, in := range []Input{
		{Subject: "Lost bag, nobody answers", Text: "Booking 7KQ2ZX"},
		{Subject: "This is a complaint about your terrible service", Text: "Il modulo è allegato. Cordiali saluti"},
	} {
		if got := Lexicon(in).Sentiment; got.Label != Negative {
			t.Errorf("%+v: %+v", in, got)
		}
	}
}

func TestOtherLanguagesByEmoji(t *testing.T) {
	for text, want := range map[string]Mood{
		"Waar is mijn koffer gebleven? Ik wacht al drie uur 😡": Negative,
		"Waar is mijn koffer gebleven?":                        Neutral,
		"Dank je wel, wat een mooie vlucht was dat 😍":          Positive,
		"私の荷物はどこですか 😡":                                         Negative,
	} {
		if got := Lexicon(Input{Text: text}).Sentiment; got.Label != want {
			t.Errorf("%q: %+v, want %s", text, got, want)
		}
	}
}

// The end of a long text is not looked at, and does not cost.
func TestLongText(t *testing.T) {
	text := strings.Repeat("the form is attached ", maxRunes/20+1) + strings.Repeat("terrible ", 1000)
	if got := Lexicon(Input{Text: text}).Sentiment.Label; got != Neutral {
		t.Errorf("mood %s", got)
	}
}

// Time grows with the text and not faster, also where every word begins an entry.
func TestLinear(t *testing.T) {
	for _, unit := range []string{"flight ", "lost ", "not ", "(", ":", "don't ", "😡", "a.b@c ", "stuck at ", "\n", "nicht gut ", "great ", "thanks ", "thanks for the ", "x"} {
		start := time.Now()
		Lexicon(Input{Text: strings.Repeat(unit, 1<<20/len(unit))})
		if d := time.Since(start); d > time.Second {
			t.Errorf("a megabyte of %q takes %v", unit, d)
		}
	}
}

func TestWordLists(t *testing.T) {
	for i, code := range packedLists {
		n, want := 0, 200
		if i >= modelled+2 {
			want = 150 // after Dutch and Polish, shorter lists
		}
		lexiconOf(code).every(func(string, entry) { n++ })
		if n < want {
			t.Errorf("%s: %d entries", code, n)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"good":              `line 1: no colon: write "class: word, word"`,
		"# x\nnice: good":   `line 2: class "nice": write a weight from -3 to 3, "urgent" and a reason, or a kind such as thanks`,
		"-4: bad":           `line 1: class "-4": write a weight from -3 to 3, "urgent" and a reason, or a kind such as thanks`,
		"-1: bad,, worse":   `line 1: empty entry: remove the spare comma`,
		"-1: ba*":           `line 1: entry "ba*": a stem at the beginning needs 3 letters`,
		"-1: .. bad":        `line 1: entry ".. bad": begin and end with a word`,
		"-1: bad ..":        `line 1: entry "bad ..": begin and end with a word`,
		"urgent x: # hours": `line 1: entry "# hours": begin and end with a word`,
	} {
		if _, err := parse(text); fmt.Sprint(err) != want {
			t.Errorf("parse(%q) = %v, want %s", text, err, want)
		}
	}
}

func FuzzLexicon(f *testing.F) {
	for _, list := range sentences {
		for _, s := range list[:3] {
			f.Add("Re: Acme", s[2:], "en")
		}
	}
	f.Add("\xff", "n't n’t ' N'T :( <3 ((((", "it-IT")
	f.Add("", "flight in 99999999999999999999 hours", "")
	f.Fuzz(func(t *testing.T, subject, text, hint string) {
		j := Lexicon(Input{Subject: subject, Text: text, Hint: hint})
		check(t, j)
		if again := Lexicon(Input{Subject: subject, Text: text, Hint: hint}); fmt.Sprint(again) != fmt.Sprint(j) {
			t.Errorf("not deterministic: %+v, then %+v", j, again)
		}
	})
}

// check holds what is true of every judgement.
func check(t *testing.T, j Judgement) {
	t.Helper()
	s := j.Sentiment
	if math.IsNaN(s.Score) || s.Score < -1 || s.Score > 1 || s.Label == Negative && s.Score >= 0 || s.Label == Positive && s.Score <= 0 {
		t.Errorf("score %v of %s", s.Score, s.Label)
	}
	if len(s.Why) == 0 || len(s.Why) > maxWhy+4 || len(j.PriorityWhy) == 0 || len(j.PriorityWhy) > maxWhy+1 {
		t.Errorf("why %q, priority why %q", s.Why, j.PriorityWhy)
	}
	for _, w := range append(slices.Clone(s.Why), j.PriorityWhy...) {
		if !utf8.ValidString(w) || strings.ContainsAny(w, "\n\r") || len(w) > 2000 {
			t.Errorf("why %q", w)
		}
	}
	if j.Urgent != (j.Priority == Urgent) || !j.Urgent && (s.Label == Negative) && j.Priority != High {
		t.Errorf("priority %s of %s, urgent %v", j.Priority, s.Label, j.Urgent)
	}
	if len(j.Language) != 0 && len(j.Language) != 2 {
		t.Errorf("language %q", j.Language)
	}
}

const typicalMail = `Dear Acme Air team,

I am writing about my flight from Rome to Oslo last Friday. It was delayed by five hours, nobody at the gate could tell us
anything, and when we arrived my suitcase was missing. I have called three times since, I was on hold for forty minutes each
time, and I still have no answer. The report number is 7KQ2ZX, and the form is attached.

Could you please tell me where my suitcase is, and how I can claim the cost of the hotel? I would be grateful for an answer
this week, because I travel on to Bergen on Sunday and need my winter clothes there.

Kind regards,
Ana`

func BenchmarkLexicon(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Lexicon(Input{Subject: "Lost suitcase, flight AC 123", Text: typicalMail})
	}
}
