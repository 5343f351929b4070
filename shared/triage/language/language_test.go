package language

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestDetect(t *testing.T) {
	for _, c := range []struct{ text, hint, want string }{
		{"Danke!", "", "de"},
		{"grazie mille", "", "it"},
		{"Where is my bag?", "", "en"},
		{"merci beaucoup", "", "fr"},
		{"muchas gracias", "", "es"},
		{"muito obrigado", "", "pt"},
		{"спасибо", "", "ru"},
		{"Спасибо большое за помощь", "", "ru"},
		{"Дякую", "", "uk"},
		{"Де мій багаж? Рейс затримали на три години.", "", "uk"},
		{"Где мой багаж?", "", "ru"},
		{"Къде ми е багажът? Никой не отговаря.", "", "bg"},
		{"Где је мој пртљаг?", "", "sr"},
		{"Waar is mijn koffer? Ik wacht al drie uur.", "", "nl"},
		{"Gdzie jest mój bagaż? Czekam już trzy godziny.", "", "pl"},
		{"Var är min väska? Jag har väntat i tre timmar.", "", "sv"},
		{"Bavulum nerede? Üç saattir bekliyorum.", "", "tr"},
		{"Πού είναι η βαλίτσα μου;", "", "el"},
		{"איפה המזוודה שלי?", "", "he"},
		{"أين حقيبتي؟", "", "ar"},
		{"چمدان من کجاست؟ پرواز من لغو شد", "", "fa"},
		{"私の荷物はどこですか", "", "ja"},
		{"我的行李在哪里", "", "zh"},
		{"제 가방이 어디 있나요", "", "ko"},
		{"กระเป๋าของฉันอยู่ที่ไหน", "", "th"},
		{"मेरा सामान कहाँ है", "", "hi"},
		{"Ho perso la valigia a Fiumicino, cosa devo fare?", "", "it"},
		{"Perche non rispondete? E la terza volta che scrivo", "", "it"},
		{"¿Dónde está mi maleta?", "", "es"},
		{"donde esta mi maleta", "", "es"},
		{"Onde está a minha mala?", "", "pt"},
		{"Où est ma valise ?", "", "fr"},
		{"Wo ist mein Koffer?", "", "de"},
		{"Mein Flug wurde annulliert, wann bekomme ich mein Geld zurueck?", "", "de"},
		{"Il mio volo AZ123 da London Heathrow a New York è stato cancellato", "", "it"},
		{"Buongiorno", "", "it"},
		{"Guten Tag", "", "de"},
		{"Bonjour", "", "fr"},
		{"Здравствуйте!", "", "ru"},
		{"thank you", "", "en"},
		{"Thanks!", "", "en"},

		{"Merci", "", "fr"},
		{"Gracias", "", "es"},
		{"obrigado", "", "pt"},
		{"grazie", "", "it"},
		{"Grazie plus", "", "it"},

		{"plus?", "", ""},
		{"Visa plus?", "", ""},
		{"plus info?", "", ""},
		{"unsubscribe", "", ""},
		{"unsubscribe\nQuestion", "", ""},
		{"status", "", ""},
		{"Visa plus?", "it", "it"},
		{"Билет", "", ""},
		{"", "", ""},
		{"   \n\t ", "", ""},
		{"https://acme.example/it/volo?id=cancellato", "", ""},
		{"😡😡😡", "", ""},
		{"12345 67/89 --- !!!", "", ""},
		{"ana@acme.example", "", ""},
		{"sdkjfh wqeoiru xcvmnb zxqw", "", ""},
		{"��� �� ������ a��", "", ""},
		{"asdfghjkl qwrtzp", "", ""},

		{"😡😡😡", "it", "it"},
		{"", "pt-BR", "pt"},
		{"OK", "de", "de"},
		{"Where is my bag? I have been waiting for it.", "it", "en"},
		{"", "klingon", ""},
		{"", "9x", ""},
	} {
		if got := Detect(c.text, c.hint); got != c.want {
			t.Errorf("Detect(%q, %q) = %q, want %q", c.text, c.hint, got, c.want)
		}
	}
}

// Letters tells where words do not: the letters of another script than Latin.
func TestLetters(t *testing.T) {
	for _, c := range []struct{ text, hint, want string }{
		{"Билет", "", "ru"},
		{"Билет Ana Rossi", "", "ru"},
		{"Билет", "it", "ru"},
		{"Билет", "bg-BG", "bg"},
		{"Б�л�т �� ���", "", "ru"},
		{"Квиток є", "", "uk"},
		{"Εισιτήριο Ana Rossi", "", "el"},
		{"Ticket Ana Rossi", "it", ""},
		{"Ticket я", "", ""},
		{"���", "ru", ""},
		{"", "", ""},
	} {
		if got := Letters(c.text, c.hint); got != c.want {
			t.Errorf("Letters(%q, %q) = %q, want %q", c.text, c.hint, got, c.want)
		}
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"Perché": "perche", "GROß": "gross", "não": "nao", "Ещё": "еще", "cœur": "coeur", "й": "й", "e\u0301": "e", "Łódź": "lodz", "ÿ": "y", "ș": "s", "a1!": "a1!",
	} {
		if got := Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

// A neighbour's language is told by its own words and letters.
func TestNeighbours(t *testing.T) {
	for text, want := range map[string]string{
		"Jeg vet ikke hva som har skjedd med kofferten min":       "no",
		"Jeg ved ikke, hvad der er sket med min kuffert":          "da",
		"Jag vet inte vad som har hänt med min väska":             "sv",
		"Neviem, čo sa stalo s mojím kufrom":                      "sk",
		"Nevím, co se stalo s mým kufrem":                         "cs",
		"Ne vem, kaj se je zgodilo z mojim kovčkom":               "sl",
		"Ne znam što se dogodilo s mojim kovčegom":                "hr",
		"لا أعرف ماذا حدث لحقيبتي":                                "ar",
		"نمی\u200cدانم چه اتفاقی برای چمدانم افتاد":               "fa",
		"نميدونم چه اتفاقي براي چمدونم افتاده":                    "fa", // on an Arabic keyboard
		"میرا سامان نہیں ملا، مجھے کیا کرنا چاہیے":                "ur",
		"Aplikacja nie dziaIa, proszę o pomoc i szybką odpowiedź": "pl", // a scanner's I for an l
	} {
		if got := Detect(text, ""); got != want {
			t.Errorf("Detect(%q) = %q, want %q", text, got, want)
		}
	}
}

// Where the likeliest language is wanted however unsure, tags are read too if there is nothing else.
func TestGuessReadsTagsLast(t *testing.T) {
	for text, want := range map[string]string{
		"#nachrichten #wetter":          "de",
		"@acme gerne #help":             "de",
		"*топ-12":                       "ru",
		"https://acme.example/12 12:30": "",
	} {
		if got := Guess(text); got != want {
			t.Errorf("Guess(%q) = %q, want %q", text, got, want)
		}
	}
}

// What is known of a text is on the stack: nothing is allocated, whatever it holds.
func TestNoAllocation(t *testing.T) {
	for _, text := range []string{
		"Buongiorno, il mio volo è stato cancellato", "Где мой багаж?", "چمدان من کجاست؟", "私の荷物はどこですか", "", strings.Repeat("kofferten min er borte ", 500),
	} {
		if n := testing.AllocsPerRun(50, func() { Detect(text, "de-AT"); Guess(text); Letters(text, "bg") }); n != 0 {
			t.Errorf("%.40q: %v allocations", text, n)
		}
	}
}

func FuzzDetect(f *testing.F) {
	f.Add("Where is my bag?", "it")
	f.Add("\xff\xfe��", "x")
	f.Add("ўїђ私ก\u0301", "pt-BR")
	f.Fuzz(func(t *testing.T, text, hint string) {
		code, p := Plain(text)
		if p < 0 || p > 1 || len(code) != 0 && len(code) != 2 {
			t.Errorf("Plain = %q, %v", code, p)
		}
		if got := Detect(text, hint); len(got) != 0 && len(got) != 2 {
			t.Errorf("Detect = %q", got)
		}
		if got := Letters(text, hint); len(got) != 0 && len(got) != 2 {
			t.Errorf("Letters = %q", got)
		}
		if folded := Fold(text); utf8.ValidString(text) && !utf8.ValidString(folded) {
			t.Errorf("Fold made invalid text")
		}
	})
}

func BenchmarkDetect(b *testing.B) {
	b.ReportAllocs()
	text := strings.Repeat("Buongiorno, il mio volo è stato cancellato e nessuno risponde al telefono. ", 12)
	for b.Loop() {
		Detect(text, "")
	}
}
