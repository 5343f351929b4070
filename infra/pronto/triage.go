package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"pronto/shared/triage"
	"pronto/shared/triage/language"
)

const (
	maxTriageLine = 1 << 20 // bytes of a line
	triageChunk   = 500     // lines that one processor judges at a time
)

func newTriage() *cobra.Command {
	var offset string
	c := &cobra.Command{
		Use: "triage", Short: "Judge messages: mood, language, urgency, and why", Args: noArguments,
		Long: `Triage reads one JSON object a line from standard input,

  {"text": "…", "lang": "it", "channel": "email"}        lang and channel may be left out

and writes one a line, in the same order:

  {"label": "negative", "negative": 0.91, "language": "it", "urgency": "none", "persona": "aggressive", "why": ["…"]}

label is negative, neutral or positive; negative is the probability of it; urgency is none, soon (haste is asked for) or urgent; persona is there
only where the words suggest one. A line that is wrong is answered in its place by {"error": "line 17: text: …"} and named on standard error; the
others are judged, and the command then ends with 1. Empty lines are left out.`,
		Example: "  pronto triage < messages.jsonl\n  pronto triage learn --labels labels.jsonl --out acme.offset\n  pronto triage --offset acme.offset < messages.jsonl",
		RunE: func(c *cobra.Command, _ []string) error {
			var t triage.Triage
			if offset != "" {
				o, err := readOffset(offset)
				if err != nil {
					return err
				}
				t.Offsets = o.Of
			}
			return judgeLines(c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr(), t.Judge)
		},
	}
	c.Flags().StringVar(&offset, "offset", "", "what pronto triage learn has made of a brand's labels")
	c.AddCommand(newLearn(), newVersions(), newRollback())
	return c
}

func newLearn() *cobra.Command {
	var labels, out string
	c := &cobra.Command{
		Use: "learn", Short: "Learn a brand's offset from labelled messages", Args: noArguments,
		Long: `Learn reads labelled messages, one JSON object a line,

  {"text": "…", "lang": "it", "label": "negative"}        lang may be left out

and writes the offset that they teach, for pronto triage --offset. The model itself stays as it is; seconds for thousands of labels. A fifth of the
labels, chosen by hash, is first held out to say what the offset is worth; the one that is written has seen all.`,
		RunE: func(c *cobra.Command, _ []string) error {
			if labels == "" || out == "" {
				return usage(c, errors.New("name the labels and where the offset goes: --labels FILE --out OFFSET"))
			}
			return learn(c.OutOrStdout(), c.ErrOrStderr(), labels, out)
		},
	}
	c.Flags().StringVar(&labels, "labels", "", "labelled messages")
	c.Flags().StringVar(&out, "out", "", "the offset to write")
	return c
}

// asked is a message as the command takes it.
type asked struct {
	Text    *string `json:"text"`
	Lang    string  `json:"lang"`
	Channel string  `json:"channel"`
	Label   string  `json:"label"`
}

// judged is a message as the command judges it.
type judged struct {
	Label    triage.Mood `json:"label"`
	Negative float64     `json:"negative"`
	Language string      `json:"language"`
	Urgency  string      `json:"urgency"`
	Persona  string      `json:"persona,omitempty"`
	Why      []string    `json:"why"`
}

// chunk is some lines on their way through one processor.
type chunk struct {
	first int
	lines [][]byte // nil: too long
	out   []byte
	wrong []string
	done  chan struct{}
}

var errLines = errors.New("some lines are wrong: see above")

// judgeLines judges all lines with every processor and keeps their order. What is wrong with a line costs only that line.
func judgeLines(in io.Reader, out, complaints io.Writer, judge triage.Judge) error {
	n := runtime.GOMAXPROCS(0)
	work, order := make(chan *chunk, n), make(chan *chunk, 4*n)
	for range n {
		go func() {
			for c := range work {
				c.judge(judge)
				close(c.done)
			}
		}()
	}
	reading := make(chan error, 1)
	go func() {
		defer close(order)
		defer close(work)
		reading <- eachLine(in, func(c *chunk) { order <- c; work <- c })
	}()
	w := bufio.NewWriterSize(out, 1<<16)
	wrong := false
	var failed error
	for c := range order {
		<-c.done
		if failed != nil {
			continue // the reader must come to its end
		}
		_, failed = w.Write(c.out)
		for _, s := range c.wrong {
			wrong = true
			fmt.Fprintln(complaints, "pronto triage: "+s)
		}
	}
	if err := errors.Join(<-reading, failed, w.Flush()); err != nil {
		return err
	}
	if wrong {
		return errLines
	}
	return nil
}

// eachLine yields the lines in chunks.
func eachLine(in io.Reader, yield func(*chunk)) error {
	r := bufio.NewReaderSize(in, 1<<16)
	c := &chunk{first: 1, done: make(chan struct{})}
	for n := 1; ; n++ {
		line, err := readLine(r)
		if err != nil && err != io.EOF {
			return fmt.Errorf("read messages: %w", err)
		}
		if err == nil || len(line) > 0 {
			c.lines = append(c.lines, line)
		}
		if len(c.lines) >= triageChunk || err == io.EOF && len(c.lines) > 0 {
			yield(c)
			c = &chunk{first: n + 1, done: make(chan struct{})}
		}
		if err == io.EOF {
			return nil
		}
	}
}

// readLine returns the next line, or nil for one that is too long; the error is of what comes after it.
func readLine(r *bufio.Reader) ([]byte, error) {
	line := []byte{}
	for {
		part, err := r.ReadSlice('\n')
		if line != nil && len(line)+len(part) > maxTriageLine {
			line = nil
		} else if line != nil {
			line = append(line, part...)
		}
		if err != bufio.ErrBufferFull {
			if line != nil {
				line = append([]byte{}, bytes.TrimSpace(line)...)
			}
			return line, err
		}
	}
}

func (c *chunk) judge(judge triage.Judge) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	for i, line := range c.lines {
		if line != nil && len(line) == 0 {
			continue
		}
		m, err := readAsked(line)
		if err != nil {
			words := fmt.Sprintf("line %d: %v", c.first+i, err)
			c.wrong = append(c.wrong, words)
			enc.Encode(map[string]string{"error": words})
			continue
		}
		if m.Lang == "" { // no contact, no thread and no brand stand behind a line: the likeliest, however unsure
			m.Lang = language.Guess(*m.Text)
		}
		enc.Encode(lineOf(judge(triage.Input{Text: *m.Text, Told: m.Lang})))
	}
	c.out = buf.Bytes()
}

func readAsked(line []byte) (m asked, err error) {
	if line == nil {
		return m, fmt.Errorf("longer than %d bytes: cut the text", maxTriageLine)
	}
	if err := json.Unmarshal(line, &m); err != nil {
		var t *json.UnmarshalTypeError
		if errors.As(err, &t) && t.Field != "" {
			return m, fmt.Errorf("%s: is a %s: write a string", t.Field, t.Value)
		}
		return m, fmt.Errorf(`no JSON object: write {"text": "…"} on one line (%w)`, err)
	}
	if m.Text == nil {
		return m, errors.New(`text: missing: write {"text": "…"}`)
	}
	if !utf8.ValidString(*m.Text) {
		return m, errors.New("text: not UTF-8")
	}
	if m.Lang, err = languageCode(m.Lang); err != nil {
		return m, err
	}
	return m, nil
}

// languageCode takes "it" and "pt-BR", and nothing for an unknown language.
func languageCode(tag string) (string, error) {
	code, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(tag), "_", "-"), "-")
	if code == "" || code == "und" {
		return "", nil
	}
	if len(code) != 2 || strings.Trim(code, "abcdefghijklmnopqrstuvwxyz") != "" {
		return "", fmt.Errorf("lang: %q is no language: write a code of two letters, such as it, or leave it out", tag)
	}
	return code, nil
}

func lineOf(j triage.Judgement) judged {
	a := judged{Label: j.Sentiment.Label, Negative: j.Negative, Language: j.Language, Urgency: string(j.Urgency()), Why: j.Sentiment.Why}
	for _, w := range j.PriorityWhy {
		a.Why = append(a.Why[:len(a.Why):len(a.Why)], w)
	}
	if j.Persona != nil {
		a.Persona = string(j.Persona.Card)
		a.Why = append(a.Why, j.Persona.Words())
	}
	return a
}

func readOffset(name string) (triage.Offsets, error) {
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the offset: %w", err)
	}
	o, err := triage.ReadOffsets(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return o, nil
}

func learn(w, complaints io.Writer, labels, out string) error {
	f, err := os.Open(labels)
	if err != nil {
		return fmt.Errorf("read the labels: %w", err)
	}
	defer f.Close()
	list, wrong, err := readLabels(f)
	if err != nil {
		return err
	}
	for _, s := range wrong {
		fmt.Fprintln(complaints, "pronto triage learn: "+s)
	}
	lesson := triage.Study(list, nil)
	if len(lesson.Offsets) == 0 {
		return fmt.Errorf("%s: too few labels: an offset needs %d of one language that the model knows, with each mood among them", labels, triage.FewLabels)
	}
	raw, err := lesson.Offsets.JSON()
	if err != nil {
		return err
	}
	if err := os.WriteFile(out, raw, 0o644); err != nil {
		return fmt.Errorf("write the offset: %w", err)
	}
	fmt.Fprint(w, lesson.Words())
	if len(wrong) > 0 {
		return errLines
	}
	return nil
}

// readLabels reads labelled messages, and names the lines that are wrong.
func readLabels(in io.Reader) (list []triage.Label, wrong []string, err error) {
	err = eachLine(in, func(c *chunk) {
		for i, line := range c.lines {
			if line != nil && len(line) == 0 {
				continue
			}
			m, err := readAsked(line)
			mood := triage.Mood(m.Label)
			if err == nil && mood != triage.Negative && mood != triage.Neutral && mood != triage.Positive {
				err = fmt.Errorf("label: %q: write negative, neutral or positive", m.Label)
			}
			if err != nil {
				wrong = append(wrong, fmt.Sprintf("line %d: %v", c.first+i, err))
				continue
			}
			list = append(list, triage.Label{Text: *m.Text, Language: m.Lang, Mood: mood})
		}
	})
	return list, wrong, err
}
