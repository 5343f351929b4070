package triage

import (
	"bufio"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// told is what customers of Acme Air write in languages that a word list judges alone: "-", "0" or "+" for the mood, "!" for urgent and "~" for soon. They are our
// own, and say what is expected; they are no measure.
var told = map[string][]string{
	"nl": {
		"- Mijn koffer is kwijt en niemand reageert op mijn mails.",
		"- Ik wacht al drie weken op mijn geld en krijg geen antwoord. Schandalig!",
		"- Wat een waardeloze service, ik ben heel teleurgesteld.",
		"- De app werkt niet en de helpdesk is onbereikbaar, ontzettend frustrerend.",
		"- Bedankt voor het kwijtraken van mijn koffer.",
		"- Ik ben niet tevreden over de afhandeling en dien een klacht in.",
		"- Nooit meer Acme Air.",
		"- Dit is de derde keer dat mijn vlucht is geannuleerd.",
		"- Jullie medewerkers zijn onbeschoft.",
		"- Twee keer afgeschreven en nog steeds niets gehoord.",
		"- Lekker dan, alweer vertraging en weer geen uitleg. Belachelijk.",
		"-! Ik stap naar mijn advocaat.",
		"-! Er was een brandlucht in de cabine, heel onveilig.",
		"0 Waar kan ik mijn stoel kiezen?",
		"0 Kunt u mij de factuur van maart sturen? Alvast bedankt.",
		"0 Goedemorgen, ik wil graag mijn adres wijzigen. Met vriendelijke groet, Ana",
		"0 Hoeveel koffers mag ik meenemen?",
		"0 Mijn boekingsnummer is AC 123.",
		"0 Kan ik mijn ticket annuleren zonder kosten?",
		"0 Ik heb een vraag over de openingstijden.",
		"0 Geen probleem, het is niet dringend voor mij.",
		"0 Beste mevrouw, hierbij stuur ik u het formulier.",
		"0 Ik heb nog geen bevestiging nodig; kunt u de factuur opnieuw sturen?",
		"0 Ik zag jullie op tv en heb een vraag over de stoelen.",
		"0 De Dom in Utrecht ligt vlak bij mijn hotel.",
		"0! Mijn vlucht vertrekt over twee uur, waar is de incheckbalie?",
		"0~ Hierbij zeg ik mijn abonnement op.",
		"0~ Mijn moeder reist met een rolstoel.",
		"+ Geweldige service, heel erg bedankt!",
		"+ Bedankt voor de snelle hulp, alles is netjes geregeld.",
		"+ Complimenten voor de vriendelijke bemanning.",
		"+ Top! Koffer teruggevonden, fantastisch.",
		"+ Goed geholpen door Marta, dank!",
		"+ Wij zijn zeer tevreden en komen graag terug.",
		"+ Prettige vlucht, aardig personeel, niets te klagen.",
	},
	"pl": {
		"- Zgubiliście moją walizkę i nikt nie odpowiada na maile.",
		"- Czekam od tygodni na zwrot pieniędzy. Skandal!",
		"- Fatalna obsługa, jestem bardzo rozczarowana.",
		"- Aplikacja nie działa, nie mogę się zalogować, strasznie mnie to denerwuje.",
		"- Dziękuję za zgubienie mojej walizki.",
		"- Nie jestem zadowolona z obsługi, składam reklamację.",
		"- Nigdy więcej Acme Air.",
		"- Po raz trzeci odwołano mój lot.",
		"- Wasi pracownicy są bezczelni.",
		"- Pobrano dwa razy opłatę i nadal nie ma odpowiedzi.",
		"- Żenada, znowu opóźnienie i brak informacji.",
		"-! Kieruję sprawę do sądu.",
		"-! W kabinie było czuć dym, to było niebezpieczne.",
		"0 Gdzie mogę wybrać miejsce?",
		"0 Czy mogą Państwo przesłać fakturę za marzec? Z góry dziękuję.",
		"0 Dzień dobry, chciałabym zmienić adres. Z poważaniem, Ana",
		"0 Ile walizek mogę zabrać?",
		"0 Mój numer rezerwacji to AC 123.",
		"0 Mam pytanie o godziny otwarcia.",
		"0 Nie ma problemu, nic pilnego dla mnie się nie dzieje.",
		"0 W załączniku przesyłam formularz.",
		"0 Ranny lot z Krakowa do Rzymu, rezerwacja AC 123.",
		"0 Operacja bankowa została odrzucona, proszę o sprawdzenie.",
		"0 Na ekranie pali się zielona lampka i widzę zadanie nr 4.",
		"0 Jak złożyć reklamację?",
		"0 Gdzie jest najbliższa droga do terminalu?",
		"0! Mam lot za dwie godziny, gdzie jest odprawa?",
		"0~ Wypowiadam umowę z końcem miesiąca.",
		"0~ Moja mama jest niepełnosprawna i leci sama.",
		"+ Wspaniała obsługa, bardzo dziękuję!",
		"+ Dziękuję za szybką pomoc, wszystko załatwione sprawnie.",
		"+ Brawa dla uprzejmej załogi.",
		"+ Walizka odnaleziona, świetna robota!",
		"+ Jesteśmy bardzo zadowoleni, polecam wszystkim.",
		"+ Pani Marta bardzo mi pomogła, wszystko się udało.",
		"+ Przyjemny lot, miły personel, bez zastrzeżeń.",
	},
	"uk": {
		"- Ви загубили мою валізу, і досі ніхто не відповідає. Жах!", "- Дуже розчарована, жахливий сервіс.",
		"0 Добрий день, підкажіть, будь ласка, де мій квиток?", "0! Мій рейс через дві години, де реєстрація?",
		"+ Дякую за швидку відповідь, чудовий сервіс!", "+ Дуже задоволена, рекомендую всім.",
	},
	"sv": {
		"- Min väska är borttappad och ingen svarar. Skandal!", "- Appen fungerar inte, jag är mycket besviken.",
		"0 Hej, när öppnar incheckningen? Med vänliga hälsningar, Ana", "0! Mitt flyg går: flyget avgår om två timmar, var checkar jag in?",
		"+ Fantastisk service, tack så mycket!", "+ Jag är mycket nöjd, rekommenderar er till alla.",
	},
	"tr": {
		"- Valizim kayboldu, kimse cevap vermiyor. Rezalet!", "- Hizmetinizden memnun değilim, büyük hayal kırıklığı.",
		"0 Kişi başına kaç bavul alabilirim?", "0 İyi günler, koltuğumu nasıl seçebilirim?", "0! Uçağım iki saat sonra, check-in nerede?",
		"+ Harika hizmet, çok teşekkürler!", "+ Çok memnun kaldık, tavsiye ederim.",
	},
	"cs": {
		"- Ztratili jste mi kufr a nikdo neodpovídá. Ostuda!", "- Jsem velmi zklamaná, příšerný přístup.",
		"0 Dobrý den, kde si mohu vybrat sedadlo? Předem děkuji.", "0 Napadlo mě, že bych si vzala i kolo.", "0 České dráhy jezdí přes Brno.", "0! Letadlo nám letí za dvě hodiny, kde je odbavení?",
		"+ Skvělý servis, moc děkuji!", "+ Jsme velmi spokojeni, doporučuji všem.",
	},
	"ro": {
		"- Mi-ați pierdut valiza și nimeni nu răspunde. Rușine!", "- Sunt foarte dezamăgită, servicii groaznice.",
		"0 Bună ziua, unde îmi pot alege locul? Mulțumesc anticipat.", "0 Operațiunea a fost respinsă de bancă.", "0! Zborul meu pleacă în două ore, unde este check-in-ul?",
		"+ Servicii excelente, mulțumesc mult!", "+ Suntem foarte mulțumiți, recomand tuturor.",
	},
}

// Where no model judges, the words do, and are shown; nothing is urgent without a word for it.
func TestAWordListJudgesAlone(t *testing.T) {
	moods := map[byte]Mood{'-': Negative, '0': Neutral, '+': Positive}
	hurry := map[byte]Urgency{'!': AtOnce, '~': SoonPlease, ' ': NoHurry}
	for _, code := range packedLists[modelled:] {
		if len(told[code]) == 0 {
			t.Errorf("%s: nothing is told", code)
		}
		for _, s := range told[code] {
			mark, text, _ := strings.Cut(s, " ")
			want := [2]byte{mark[0], ' '}
			if len(mark) > 1 {
				want[1] = mark[1]
			}
			j := Default(Input{Text: text, Told: code})
			if j.Sentiment.Label != moods[want[0]] || j.Urgency() != hurry[want[1]] {
				t.Errorf("%s: %q is %s %.2f %q, %s %q", code, text, j.Sentiment.Label, j.Negative, j.Sentiment.Why, j.Urgency(), j.PriorityWhy)
			}
			if want[0] != '0' && slices.Contains(j.Sentiment.Why, "the tone as a whole") {
				t.Errorf("%s: %q: no words shown", code, text)
			}
		}
	}
}

// The language is found before the list is asked. Ukrainian is not Russian.
func TestAWordListIsFoundByTheText(t *testing.T) {
	for code, sentences := range told {
		if j := Default(Input{Text: sentences[0][2:]}); j.Language != code || j.Sentiment.Label != Negative {
			t.Errorf("%s: %q is %s, %s", code, sentences[0], j.Language, j.Sentiment.Label)
		}
	}
}

// One mild word decides nothing, and the why says so; in a language without a list nothing is claimed.
func TestAWeakWordDecidesNothing(t *testing.T) {
	j := Default(Input{Text: "Er is een probleem met mijn boeking.", Told: "nl"})
	if want := []string{"too little to tell: 'probleem'"}; j.Sentiment.Label != Neutral || !slices.Equal(j.Sentiment.Why, want) || j.Priority != Normal {
		t.Errorf("%s, %q, %s", j.Sentiment.Label, j.Sentiment.Why, j.Priority)
	}
	j = Default(Input{Text: "Min kuffert er væk, og ingen svarer. Forfærdeligt!", Told: "da"})
	if j.Sentiment.Label != Neutral || j.Urgency() != NoHurry {
		t.Errorf("%s, %q", j.Sentiment.Label, j.Sentiment.Why)
	}
}

// TestAloneOnSubtitles prints how the lists do on film subtitles whose labels were carried over from English: weak labels, and no customer among them.
func TestAloneOnSubtitles(t *testing.T) {
	if !testing.Verbose() {
		t.Skip("only prints: -v")
	}
	f, err := os.Open("../../../shared/data/xed.jsonl")
	if err != nil {
		t.Skipf("../shared/data is not beside this repository: %v", err)
	}
	defer f.Close()
	sets := map[string]judged{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var row struct {
			Lang, Text string
			Y          Mood
		}
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		if row.Lang != "nl" && row.Lang != "pl" {
			continue
		}
		s, ok := sets[row.Lang]
		if !ok {
			s = judged{map[Mood]int{}, map[Mood]int{}, map[Mood]int{}, map[[2]Mood]int{}, nil}
		}
		j := Default(Input{Text: row.Text, Told: row.Lang})
		got := j.Sentiment.Label
		s.confused[[2]Mood{row.Y, got}]++
		s.scored = append(s.scored, scored{j.Negative, row.Y == Negative})
		s.is[row.Y]++
		s.said[got]++
		if got == row.Y {
			s.right[got]++
		}
		sets[row.Lang] = s
	}
	for code, s := range sets {
		t.Logf("%s: macro-F1 %.3f, precision of negative %.2f, of positive %.2f, of %d\n%s", code, s.macroF1(), s.precision(Negative), s.precision(Positive), len(s.scored), s.matrix())
	}
}
