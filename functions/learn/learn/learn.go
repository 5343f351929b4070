// Package learn teaches triage what agents have corrected. Twice a day, for each brand: an offset is fitted to its labels, and takes over in the languages where it does
// better than the model alone on labels that it was not fitted on. Every version is kept; the same labels are studied once.
package learn

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"pronto/shared/channel/networks"
	"pronto/shared/desk"
	"pronto/shared/mail"
	"pronto/shared/offset"
	"pronto/shared/policy"
	"pronto/shared/setup"
	"pronto/shared/store"
	"pronto/shared/triage"
	"pronto/shared/triage/mood"
)

// Handler is the learn function.
type Handler struct {
	store   *store.Store
	s3      *s3.Client
	bucket  string
	offsets offset.Bucket
	policy  *policy.Policy
	now     func() time.Time
	log     *slog.Logger
}

// New wires the function.
func New(_ context.Context, s *setup.Setup) (*Handler, error) {
	env, err := s.Need(setup.Table, setup.Bucket, setup.Policy)
	if err != nil {
		return nil, err
	}
	p, err := s.Policy()
	if err != nil {
		return nil, err
	}
	client := s.S3()
	return &Handler{
		store: store.New(dynamodb.NewFromConfig(s.AWS), env[setup.Table]), s3: client, bucket: env[setup.Bucket],
		offsets: offset.Bucket{S3: client, Name: env[setup.Bucket]}, policy: p, now: s.Now, log: s.Log,
	}, nil
}

// Handle studies every brand's labels.
func (h *Handler) Handle(ctx context.Context, _ events.EventBridgeEvent) error {
	var errs []error
	for _, b := range h.policy.Brands {
		errs = append(errs, h.study(ctx, b.ID))
	}
	return errors.Join(errs...)
}

// Bounds of one study.
const (
	maxLabels = 2000     // of a language, the newest: what a brand complains of changes
	maxRaw    = 10 << 20 // bytes of one message
	readers   = 8
)

// study ensures that a version of the brand's labels is there, then that it judges if it should: whatever stops it between the two, the next round goes on.
func (h *Handler) study(ctx context.Context, brand string) error {
	labels, err := h.labels(ctx, brand)
	if err != nil || len(labels) < triage.FewLabels {
		return err
	}
	active, err := h.offsets.Active(ctx, brand)
	if err != nil {
		return err
	}
	name := nameOf(labels)
	if active.Studied == name {
		return nil
	}
	v, err := h.offsets.Version(ctx, brand, name)
	if err == nil && v == nil {
		v, err = h.version(ctx, brand, name, labels)
	}
	if err != nil {
		return err
	}
	active.Studied, active.At = name, h.now()
	if len(v.Better) > 0 && !active.Pinned {
		active.Before, active.Version = active.Version, name
		h.log.Info("promoted", "brand", brand, "version", name, "before", active.Before, "languages", v.Better, "changes", v.Changes())
	}
	return h.offsets.Activate(ctx, brand, active)
}

// version studies labels and keeps what they teach. In a language where that does no better, what has judged until now goes on.
func (h *Handler) version(ctx context.Context, brand, name string, labels []desk.Label) (*offset.Version, error) {
	read, err := h.read(ctx, labels)
	if err != nil {
		return nil, err
	}
	judges, err := h.judging(ctx, brand)
	if err != nil {
		return nil, err
	}
	lesson := triage.Study(read, judges.shadow)
	v := &offset.Version{Name: name, At: h.now(), Labels: len(read), Against: judges.name, Scores: lesson.Scores}
	for _, s := range lesson.Scores {
		better := s.Better()
		if better {
			judges.offsets[s.Language], judges.shadow[s.Language] = lesson.Offsets[s.Language], lesson.Shadow[s.Language]
			v.Better = append(v.Better, s.Language)
		}
		h.log.Info("studied", "brand", brand, "version", name, "language", s.Language, "fitted", s.Labels, "held_out", s.Behind.Labels, "better", better,
			"macro_f1", s.Behind.MacroF1, "macro_f1_model", s.Before.MacroF1, "recall", s.Behind.Recall, "recall_model", s.Before.Recall,
			"against", judges.name, "macro_f1_against", previous(s).MacroF1, "recall_against", previous(s).Recall, "mended", s.Mended, "broken", s.Broken)
	}
	if v.Offsets, err = judges.offsets.JSON(); err != nil {
		return nil, err
	}
	if v.Shadow, err = judges.shadow.JSON(); err != nil {
		return nil, err
	}
	return v, h.offsets.Keep(ctx, brand, *v)
}

// previous is how what judged before does: the model alone where no version did.
func previous(s triage.Scored) triage.Score {
	if s.Previous != nil {
		return *s.Previous
	}
	return s.Before
}

// judging is what judges a brand's messages until now: its offsets, and what they were before they saw the labels held out.
type judging struct {
	name            string
	offsets, shadow triage.Offsets
}

func (h *Handler) judging(ctx context.Context, brand string) (judging, error) {
	j := judging{offsets: triage.Offsets{}, shadow: triage.Offsets{}}
	active, err := h.offsets.Active(ctx, brand)
	if err != nil || active.Version == "" {
		return j, err
	}
	v, err := h.offsets.Version(ctx, brand, active.Version)
	if err != nil || v == nil {
		return j, err
	}
	j.name = v.Name
	if j.offsets, err = triage.ReadOffsets(v.Offsets); err != nil {
		return j, err
	}
	shadow := v.Shadow
	if shadow == nil { // kept before there was one: it has seen labels that are held out now, and is the harder to beat
		shadow = v.Offsets
	}
	j.shadow, err = triage.ReadOffsets(shadow)
	return j, err
}

// labels are the newest of each language that the model knows.
func (h *Handler) labels(ctx context.Context, brand string) (all []desk.Label, err error) {
	for _, language := range mood.Languages {
		more, err := h.store.Labels(ctx, brand, language, maxLabels)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

// nameOf names a version by its labels.
func nameOf(labels []desk.Label) string {
	sum := sha256.New()
	for _, l := range labels {
		fmt.Fprintf(sum, "%s %s %s\n", l.Message, l.Language, l.Mood)
	}
	return "v-" + strings.ToLower(base32.StdEncoding.EncodeToString(sum.Sum(nil))[:16])
}

// read fetches the labels' texts. One that is there no more, or cannot be read, teaches nothing.
func (h *Handler) read(ctx context.Context, labels []desk.Label) ([]triage.Label, error) {
	texts, errs := make([]string, len(labels)), make([]error, readers)
	var wg sync.WaitGroup
	for n := range readers {
		wg.Go(func() {
			for i := n; i < len(labels) && errs[n] == nil; i += readers {
				texts[i], errs[n] = h.text(ctx, labels[i])
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	var read []triage.Label
	for i, l := range labels {
		if texts[i] != "" {
			read = append(read, triage.Label{Text: texts[i], Language: l.Language, Mood: l.Mood})
		}
	}
	return read, nil
}

// text is what triage reads of a labelled message; "" when that cannot be had.
func (h *Handler) text(ctx context.Context, l desk.Label) (string, error) {
	if l.Raw == "" {
		return "", nil
	}
	out, err := h.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &h.bucket, Key: &l.Raw})
	var none *types.NoSuchKey
	if errors.As(err, &none) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("get a message: %w", err)
	}
	defer out.Body.Close()
	if aws.ToInt64(out.ContentLength) > maxRaw {
		return "", nil
	}
	raw, err := io.ReadAll(out.Body)
	if err != nil {
		return "", fmt.Errorf("read a message: %w", err)
	}
	if strings.HasPrefix(l.Raw, setup.MailPrefix) {
		m, err := mail.Parse(raw, mail.DefaultLimits.Within(mail.Patience, h.now))
		if err != nil {
			return "", nil
		}
		return m.New, nil
	}
	m, err := networks.Decode(networks.ChannelOf(l.Raw), raw, h.now())
	if err != nil {
		return "", nil
	}
	return m.Text, nil
}
