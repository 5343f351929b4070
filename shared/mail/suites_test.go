package mail

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// suite is one of the public suites of quoted replies, with the lines of each mail that its own library shows by what its tests say: "1-5"; "*" is all.
// Where we differ we say why: then the mail counts as a difference, never as agreement.
type suite struct {
	folder string
	shows  map[string]string
	differ map[string]string
}

var suites = []suite{
	{"reply-github/test/emails", map[string]string{
		"correct_sig": "1", "email_1_1": "1-5", "email_1_2": "1-34", "email_1_3": "1-3", "email_1_4": "1", "email_1_5": "*", "email_1_6": "1", "email_1_7": "1",
		"email_1_8": "1-19", "email_2_1": "1", "email_2_2": "1", "email_2_3": "1", "email_BlackBerry": "1", "email_bullets": "1-9", "email_iPhone": "1",
		"email_long_quote": "1-8", "email_multi_word_sent_from_my_mobile_device": "1", "email_one_is_not_on": "1-5", "email_sent_from_my_not_signature": "*",
		"email_sig_delimiter_in_middle_of_line": "*", "greedy_on": "1-6", "pathological": "1-2",
	}, nil},
	{"reply-zapier/test/emails", map[string]string{
		"correct_sig": "1", "email_1_1": "1-5", "email_1_2": "1-34", "email_1_3": "1-3", "email_1_4": "1", "email_1_5": "*", "email_1_6": "1", "email_1_7": "1",
		"email_1_8": "1-19", "email_2_1": "1", "email_2_2": "1", "email_2_3": "1", "email_BlackBerry": "1", "email_bullets": "1-9", "email_gmail": "1",
		"email_headers_no_delimiter": "1", "email_iPhone": "1", "email_multi_word_sent_from_my_mobile_device": "1", "email_one_is_not_on": "1-5",
		"email_partial_quote_header": "1-6", "email_sent_from_my_not_signature": "*", "email_sig_delimiter_in_middle_of_line": "*", "greedy_on": "1-6",
		"pathological": "1-2",
	}, nil},
	{"reply-willdurand/tests/Fixtures", map[string]string{
		"correct_sig": "1", "email_1": "1-5", "email_2": "1-34", "email_3": "1-3", "email_4": "1", "email_5": "*", "email_6": "1", "email_7": "1-5", "email_8": "1-5",
		"email_9": "1-5", "email_10": "1-5", "email_11": "1-5", "email_12": "1-5", "email_13": "1-5", "email_14": "1-5", "email_15": "1-5", "email_16": "1-5",
		"email_17": "1-5", "email_18": "1-5", "email_19": "1", "email_20": "1", "email_21": "*", "email_22": "1-5", "email_23": "1-5", "email_23_1": "1-7",
		"email_2_1": "1", "email_blackberry": "1", "email_bullets": "1-9", "email_custom_quote_header": "1", "email_customer_quote_header_2": "1",
		"email_customer_quote_header_3": "1-3", "email_iphone": "1", "email_issue_77": "1-8", "email_ls-l": "1-28",
		"email_multi_word_sent_from_my_mobile_device": "1", "email_norwegian_gmail": "1-5", "email_one_is_not_on": "1-5",
		"email_sent_from_my_not_signature": "*", "email_thread": "1", "email_unquoted_reply": "1", "email_w10_mail": "1-2", "email_zimbra_free_en": "1-9",
		"email_zimbra_free_fr": "1-10", "sig_no_empty_line": "1",
		"email_with_date_headers": "", "email_with_from_headers": "", // of marks that the library's user sets
	}, map[string]string{
		"email_15": "text below a telephone's line, that nothing says is quoted, may be the sender's",
	}},
}

func TestSuitesOfReplies(t *testing.T) {
	for _, s := range suites {
		files, _ := filepath.Glob(filepath.Join(corpora(t), filepath.FromSlash(s.folder), "*.txt"))
		c := comparison{t: t, suite: s.folder, differ: s.differ}
		for _, f := range files {
			name := strings.TrimSuffix(filepath.Base(f), ".txt")
			lines, known := s.shows[name]
			if !known {
				t.Errorf("%s: nothing is expected of %s", s.folder, name)
			}
			if raw := load1(t, f); lines != "" {
				c.same(name, splitText(tidy(raw), "").Reply, pickLines(raw, lines))
			}
		}
		c.report()
	}
}

func TestDiscourseTrimmed(t *testing.T) {
	dir := filepath.Join(corpora(t), "reply-discourse", "test")
	files, _ := filepath.Glob(filepath.Join(dir, "emails", "*.txt"))
	trimmed := comparison{t: t, suite: "reply-discourse trimmed", differ: map[string]string{
		"embedded_email_7":  "a quote that stays keeps the line that says whose it is, as the other suites want it",
		"embedded_email_17": "the same",
		"forwarded_message": "of a mail that is nothing but a forward, whose it was is shown",
		"spam_1":            "of a mail that is nothing but quotes, they are shown",
	}}
	elided := comparison{t: t, suite: "reply-discourse elided", differ: map[string]string{
		"embedded_email_7": "as above", "embedded_email_17": "as above", "forwarded_message": "as above", "spam_1": "as above",
	}}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".txt")
		text := tidy(load1(t, f))
		trimmed.same(name, splitText(text, "").Reply, tidy(load1(t, filepath.Join(dir, "trimmed", filepath.Base(f)))))
		elided.same(name, onlyWords(cutAway(text)), onlyWords(load1(t, filepath.Join(dir, "elided", filepath.Base(f)))))
	}
	trimmed.report()
	elided.report()
}

// onlyWords leaves out what that suite's library changes: it joins wrapped lines, and writes marks of its own.
func onlyWords(s string) string {
	return strings.Join(strings.Fields(strings.NewReplacer(">", " ", "|", " ", "Richard", "", "C>", "").Replace(s)), " ")
}

// cutAway is what Reply leaves out of a text.
func cutAway(text string) string {
	l := readLines(text, func() {})
	from, to := l.span()
	if blank(l.lines[from:to]) {
		return ""
	}
	return tidy(strings.Join(append(append([]string{}, l.lines[:from]...), l.lines[to:]...), "\n"))
}

// comparison counts on how many mails of a suite we agree with it.
type comparison struct {
	t         *testing.T
	suite     string
	differ    map[string]string
	all, good int
}

func (c *comparison) same(name, got, want string) {
	c.all++
	why, differs := c.differ[name]
	switch {
	case got == want && differs:
		c.t.Errorf("%s: %s is as the suite wants it: it is no difference any more", c.suite, name)
	case got == want:
		c.good++
	case differs:
		c.t.Logf("%s: %s differs: %s", c.suite, name, why)
	default:
		c.t.Errorf("%s: %s:\n%s\n--- want\n%s", c.suite, name, Cut(got, 800), Cut(want, 800))
	}
}

func (c *comparison) report() {
	c.t.Logf("%s: %d of %d exactly (%.1f %%)", c.suite, c.good, c.all, 100*float64(c.good)/float64(max(c.all, 1)))
	if c.all == 0 || c.good+len(c.differ) != c.all || c.good*10 < c.all*9 {
		c.t.Errorf("%s: %d of %d, %d differences: less than 90 %%, or not all accounted for", c.suite, c.good, c.all, len(c.differ))
	}
}

func load1(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// pickLines are the lines of a mail, by their numbers in the file.
func pickLines(raw, lines string) string {
	if lines == "*" {
		return tidy(raw)
	}
	first, last, ok := strings.Cut(lines, "-")
	if !ok {
		last = first
	}
	a, _ := strconv.Atoi(first)
	b, _ := strconv.Atoi(last)
	return tidy(strings.Join(strings.Split(newlines.Replace(raw), "\n")[a-1:b], "\n"))
}
