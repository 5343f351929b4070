package pages_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// What triage got wrong is put right by one button; what was being typed stays. The page says who did it.
func TestACorrectionIsOneClick(t *testing.T) {
	w := open(t)
	page, marta := w.complaint(), w.as("marta")
	press := func(agent *browser, words string, more ...string) seen {
		t.Helper()
		was := agent.get(page).is(http.StatusOK)
		button := regexp.MustCompile(`formaction="([^"]+/correct\?[^"]+)" name="now" value="(\d+)">` + words + `<`).FindStringSubmatch(was.Body.String())
		if button == nil {
			t.Fatalf("no button says %s: %s", words, was.text())
		}
		form := was.fields()
		form.Set("now", button[2])
		for i := 0; i+1 < len(more); i += 2 {
			form.Set(more[i], more[i+1])
		}
		return agent.send(http.MethodPost, html.UnescapeString(button[1]), form)
	}
	marta.get(page).shows("Mood negative", "Is something read wrong?", "Mood neutral positive Priority low normal urgent Language French German Italian Portuguese Russian Spanish")
	press(marta, "neutral", "text", "half an answer").is(http.StatusOK).shows("Corrected.", "half an answer", "Mood neutral as Marta Lindqvist says", "Mood negative positive")
	press(w.as("oleg"), "Italian").is(http.StatusSeeOther)
	press(w.as("oleg"), "urgent").is(http.StatusSeeOther)
	marta.get(page+"?said=correct").shows("Corrected.", "Language Italian", "who writes Italian", "Priority low normal high")
	press(marta, "low", "now", "1").is(http.StatusPreconditionFailed).shows("Nothing of yours was done.")
	form := marta.get(page).fields()
	marta.send(http.MethodPost, page+"/correct", form).is(http.StatusUnprocessableEntity).shows("Say what is wrong: label, language or priority.")
	form.Del("token")
	marta.send(http.MethodPost, page+"/correct?label=positive", form).is(http.StatusForbidden)
	if got := marta.get(page).text(); !strings.Contains(got, "Mood neutral") {
		t.Errorf("refused corrections changed it: %s", got)
	}
}
