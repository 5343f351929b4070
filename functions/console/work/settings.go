package work

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/reply"
	"pronto/shared/store"
)

// Bounds of settings.
const (
	maxMacros    = 200 // of a brand
	maxBulletins = 50
	maxViews     = 100
	maxName      = 80 // runes
	maxMacro     = 5_000
	maxTextsOf   = 12 // languages of one macro
	maxBulletin  = 1_000
)

// Macro is a prepared answer.
type Macro struct {
	ID      string            `json:"id"`
	Version int               `json:"version"`
	Name    string            `json:"name"`
	Texts   map[string]string `json:"texts"` // by language
	Then    *Then             `json:"then,omitempty"`
	By      string            `json:"by"`
	At      time.Time         `json:"at"`
}

// Bulletin is what a brand's agents are told before they need it.
type Bulletin struct {
	ID      string     `json:"id"`
	Version int        `json:"version"`
	Brand   string     `json:"brand"`
	Text    string     `json:"text"`
	From    time.Time  `json:"from"`
	Until   *time.Time `json:"until,omitempty"`
	Now     bool       `json:"now"` // it holds now
	By      string     `json:"by"`
	At      time.Time  `json:"at"`
}

// View is a list of the queue that an agent keeps under a name.
type View struct {
	ID       string    `json:"id"`
	Version  int       `json:"version"`
	Brand    string    `json:"brand"`
	Name     string    `json:"name"`
	Of       string    `json:"of"` // the view that it narrows
	Channel  string    `json:"channel,omitempty"`
	Language string    `json:"language,omitempty"`
	Tag      string    `json:"tag,omitempty"`
	Shared   bool      `json:"shared,omitempty"` // all agents of the brand have it
	By       string    `json:"by"`
	At       time.Time `json:"at"`
}

// Settings are those of one kind, of a brand.
type Settings[T any] struct {
	Brand string `json:"brand"`
	Items []T    `json:"items"`
}

// setting is a kind of settings: how many a brand may have, how one is read from a body and shown, and who may change one.
type setting[K, T any] struct {
	kind          store.Kind
	verb          Verb
	max           int
	kept, dropped desk.ChangeName
	read          func(d *Desk, by *policy.Agent, b *policy.Brand, body []byte) (K, *Problem)
	show          func(d *Desk, brand string, k store.Kept[K]) T
	his           func(by *policy.Agent, brand string, k K) bool // may see it
	owns          func(by *policy.Agent, brand string, k K) bool // may change it
	less          func(a, b T) int
}

func everybodys[K any](*policy.Agent, string, K) bool { return true }

// Settings of the three kinds.
var (
	macros = &setting[desk.Macro, Macro]{
		store.Macros, SetMacro, maxMacros, desk.MacroKept, desk.MacroDropped, readMacro, showMacro, everybodys[desk.Macro], everybodys[desk.Macro],
		func(a, b Macro) int {
			return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
		},
	}
	bulletins = &setting[desk.Bulletin, Bulletin]{
		store.Bulletins, SetBulletin, maxBulletins, desk.BulletinKept, desk.BulletinDropped, readBulletin, showBulletin, everybodys[desk.Bulletin], everybodys[desk.Bulletin],
		func(a, b Bulletin) int { return cmp.Or(b.From.Compare(a.From), cmp.Compare(a.ID, b.ID)) },
	}
	views = &setting[desk.View, View]{
		store.Views, SetView, maxViews, desk.ViewKept, desk.ViewDropped, readView, showView,
		func(by *policy.Agent, _ string, v desk.View) bool { return v.Shared || v.By == by.ID },
		func(by *policy.Agent, brand string, v desk.View) bool {
			return v.By == by.ID || v.Shared && by.RoleAt(brand).Includes(policy.RoleLead)
		},
		func(a, b View) int {
			return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
		},
	}
)

func list[K, T any](ctx context.Context, d *Desk, s *setting[K, T], by *policy.Agent, brand string) (Settings[T], *Problem) {
	b, p := d.brand(by, SeeSettings, brand)
	if p != nil {
		return Settings[T]{}, p
	}
	out := Settings[T]{Brand: b.ID, Items: []T{}}
	all, err := store.KeptOf[K](ctx, d.store, b.ID, s.kind)
	if err != nil {
		return out, d.Unable("settings", err)
	}
	for _, k := range all {
		if s.his(by, b.ID, k.Value) {
			out.Items = append(out.Items, s.show(d, b.ID, k))
		}
	}
	slices.SortFunc(out.Items, s.less)
	return out, nil
}

// set writes a setting: a new one for the id "", else over the version of If-Match, or over whichever there is.
func set[K, T any](ctx context.Context, d *Desk, s *setting[K, T], by *policy.Agent, brand, id string, r Request) (out Settings[T], again bool, p *Problem) {
	b, p := d.brand(by, s.verb, brand)
	if p != nil {
		return out, false, p
	}
	v, p := s.read(d, by, b, r.Body)
	if p != nil {
		return out, false, p
	}
	once, p := d.once(b.ID, by, s.verb, id, r)
	if p != nil {
		return out, false, p
	}
	version := 0
	if id != "" {
		if version, p = expected(ctx, d, s, by, b.ID, id, r.Match); p != nil {
			return orBefore(ctx, d, s, by, b.ID, once, p)
		}
	} else if p := room(ctx, d, s, b.ID); p != nil {
		return orBefore(ctx, d, s, by, b.ID, once, p)
	}
	id = cmp.Or(id, once.Key)
	change := desk.Change{Brand: b.ID, ID: once.Key, At: d.Now(), By: by.ID, Name: s.kept, About: id}
	again, err := d.store.Keep(ctx, s.kind, id, version, v, change, once)
	return changed(ctx, d, s, by, b.ID, change, again, err)
}

// drop takes a setting off.
func drop[K, T any](ctx context.Context, d *Desk, s *setting[K, T], by *policy.Agent, brand, id string, r Request) (out Settings[T], again bool, p *Problem) {
	b, p := d.brand(by, s.verb, brand)
	if p != nil {
		return out, false, p
	}
	once, p := d.once(b.ID, by, s.verb, "drop "+id, r)
	if p != nil {
		return out, false, p
	}
	version, p := expected(ctx, d, s, by, b.ID, id, r.Match)
	if p != nil {
		return orBefore(ctx, d, s, by, b.ID, once, p)
	}
	change := desk.Change{Brand: b.ID, ID: once.Key, At: d.Now(), By: by.ID, Name: s.dropped, About: id}
	again, err := d.store.Drop(ctx, s.kind, id, version, change, once)
	return changed(ctx, d, s, by, b.ID, change, again, err)
}

// orBefore answers a request that cannot be done now with what there is, if it was done before.
func orBefore[K, T any](ctx context.Context, d *Desk, s *setting[K, T], by *policy.Agent, brand string, once store.Once, why *Problem) (out Settings[T], again bool, p *Problem) {
	done, err := d.store.Done(ctx, brand, once)
	switch {
	case errors.Is(err, store.ErrKeyUsed):
		return out, false, keyUsed()
	case err != nil:
		return out, false, d.Unable("settings", err)
	case !done:
		return out, false, why
	}
	out, p = list(ctx, d, s, by, brand)
	return out, true, p
}

func changed[K, T any](ctx context.Context, d *Desk, s *setting[K, T], by *policy.Agent, brand string, c desk.Change, again bool, err error) (out Settings[T], _ bool, p *Problem) {
	switch {
	case errors.Is(err, store.ErrKeyUsed):
		return out, false, keyUsed()
	case errors.Is(err, store.ErrMoved):
		return out, false, moved()
	case err != nil:
		return out, false, d.Unable("settings", err)
	case !again:
		d.Log.Info("change", "brand", brand, "change", c.Name, "about", c.About, "by", by.ID)
	}
	out, p = list(ctx, d, s, by, brand)
	return out, again, p
}

func moved() *Problem {
	return coded(http.StatusPreconditionFailed, string(desk.Changed), "", "somebody has changed it since you looked: look again, then repeat what is still right")
}

// expected is the version to write over: of the one that there is, if the request allows it.
func expected[K, T any](ctx context.Context, d *Desk, s *setting[K, T], by *policy.Agent, brand, id, match string) (int, *Problem) {
	want, ok := ifMatch(match)
	if !ok {
		return 0, Refuse(http.StatusBadRequest, "If-Match", "If-Match is the version of what is changed, as 7 or \"7\"")
	}
	all, err := store.KeptOf[K](ctx, d.store, brand, s.kind)
	if err != nil {
		return 0, d.Unable("settings", err)
	}
	for _, k := range all {
		switch {
		case k.ID != id || !s.his(by, brand, k.Value):
		case !s.owns(by, brand, k.Value):
			return 0, Refuse(http.StatusForbidden, "", "only who made it may change it, or a lead where it is shared")
		case want != 0 && want != k.Version:
			return 0, moved()
		default:
			return k.Version, nil
		}
	}
	return 0, coded(http.StatusNotFound, string(desk.NotFound), "", "there is nothing of this id")
}

func room[K, T any](ctx context.Context, d *Desk, s *setting[K, T], brand string) *Problem {
	all, err := store.KeptOf[K](ctx, d.store, brand, s.kind)
	switch {
	case err != nil:
		return d.Unable("settings", err)
	case len(all) >= s.max:
		return coded(http.StatusUnprocessableEntity, "full", "", fmt.Sprintf("a brand has %d of these at most: take one off", s.max))
	}
	return nil
}

func joined(s string) string { return strings.Join(strings.Fields(s), " ") }

// line is a name on one line.
func line(field, s string, max int) (string, *Problem) {
	s = joined(reply.Clean(s))
	if s == "" || utf8.RuneCountInString(s) > max {
		return "", Refuse(http.StatusUnprocessableEntity, field, fmt.Sprintf("write 1 to %d characters", max))
	}
	return s, nil
}

func readMacro(d *Desk, by *policy.Agent, _ *policy.Brand, body []byte) (m desk.Macro, p *Problem) {
	var v struct {
		Name  string
		Texts map[string]string
		Then  Then
	}
	if p := decode(body, &v); p != nil {
		return m, p
	}
	m = desk.Macro{Texts: map[string]string{}, By: by.ID, At: d.Now().UTC()}
	if m.Name, p = line("name", v.Name, maxName); p != nil {
		return m, p
	}
	for l, t := range v.Texts {
		if t = reply.Clean(t); t == "" {
			continue
		}
		bad := reply.CheckMacro(t)
		switch {
		case !policy.IsLanguage(l):
			return m, Refuse(http.StatusUnprocessableEntity, "texts", "the texts stand under the two letters of their languages (ISO 639-1), as en")
		case utf8.RuneCountInString(t) > maxMacro:
			return m, Refuse(http.StatusUnprocessableEntity, "texts", fmt.Sprintf("a macro has %d characters at most in a language", maxMacro))
		case len(bad) > 0:
			return m, Refuse(http.StatusUnprocessableEntity, "texts", "there is no variable "+bad[0]+": there are {"+strings.Join(reply.Variables, "}, {")+"}, each with other words if you like, as {name|there}")
		}
		m.Texts[l] = t
	}
	if len(m.Texts) == 0 || len(m.Texts) > maxTextsOf {
		return m, Refuse(http.StatusUnprocessableEntity, "texts", fmt.Sprintf("write the text in 1 to %d languages", maxTextsOf))
	}
	m.Then, p = v.Then.read()
	return m, p
}

func showMacro(_ *Desk, _ string, k store.Kept[desk.Macro]) Macro {
	m := Macro{ID: k.ID, Version: k.Version, Name: k.Value.Name, Texts: k.Value.Texts, By: k.Value.By, At: k.Value.At}
	if !k.Value.Then.IsZero() {
		then := thenOf(k.Value.Then)
		m.Then = &then
	}
	return m
}

func readBulletin(d *Desk, by *policy.Agent, _ *policy.Brand, body []byte) (b desk.Bulletin, p *Problem) {
	var v struct{ Text, From, Until string }
	if p := decode(body, &v); p != nil {
		return b, p
	}
	b = desk.Bulletin{Text: reply.Clean(v.Text), From: d.Now().UTC(), By: by.ID, At: d.Now().UTC()}
	if n := utf8.RuneCountInString(b.Text); n == 0 || n > maxBulletin {
		return b, Refuse(http.StatusUnprocessableEntity, "text", fmt.Sprintf("write 1 to %d characters", maxBulletin))
	}
	var err error
	if v.From != "" {
		if b.From, err = time.Parse(time.RFC3339, v.From); err != nil {
			return b, Refuse(http.StatusBadRequest, "from", "write a time with its zone, as 2026-11-23T09:00:00+01:00; without one it holds at once")
		}
	}
	if v.Until == "" {
		return b, nil
	}
	until, err := time.Parse(time.RFC3339, v.Until)
	switch {
	case err != nil:
		return b, Refuse(http.StatusBadRequest, "until", "write a time with its zone, as 2026-11-23T18:00:00+01:00; without one it holds until it is taken off")
	case !until.After(b.From) || !until.After(d.Now()):
		return b, Refuse(http.StatusUnprocessableEntity, "until", "let it end after it begins, at a time to come")
	}
	until = until.UTC()
	b.Until = &until
	return b, nil
}

func showBulletin(d *Desk, brand string, k store.Kept[desk.Bulletin]) Bulletin {
	b := k.Value
	return Bulletin{ID: k.ID, Version: k.Version, Brand: brand, Text: b.Text, From: b.From.UTC(), Until: b.Until, Now: b.Holds(d.Now()), By: b.By, At: b.At}
}

func readView(d *Desk, by *policy.Agent, b *policy.Brand, body []byte) (v desk.View, p *Problem) {
	var in struct {
		Name, Of, Channel, Language, Tag string
		Shared                           bool
	}
	if p := decode(body, &in); p != nil {
		return v, p
	}
	v = desk.View{Of: cmp.Or(in.Of, "priority"), Channel: in.Channel, Language: in.Language, Shared: in.Shared, By: by.ID, At: d.Now().UTC()}
	if v.Name, p = line("name", in.Name, maxName); p != nil {
		return v, p
	}
	if in.Shared && !by.RoleAt(b.ID).Includes(policy.RoleLead) {
		return v, Refuse(http.StatusForbidden, "shared", "only a lead may give a view to all agents")
	}
	if in.Tag != "" {
		tag, ok := desk.Tag(in.Tag)
		if !ok {
			return v, badTag()
		}
		v.Tag = tag
	}
	return v, d.narrowed(Query{View: v.Of, Channel: v.Channel, Language: v.Language, Tag: v.Tag})
}

func showView(_ *Desk, brand string, k store.Kept[desk.View]) View {
	v := k.Value
	return View{ID: k.ID, Version: k.Version, Brand: brand, Name: v.Name, Of: v.Of, Channel: v.Channel, Language: v.Language, Tag: v.Tag, Shared: v.Shared, By: v.By, At: v.At}
}

// Macros lists a brand's macros.
func (d *Desk) Macros(ctx context.Context, by *policy.Agent, brand string) (Settings[Macro], *Problem) {
	return list(ctx, d, macros, by, brand)
}

// SetMacro keeps a macro, {"name", "texts": {"en": "…"}, "then"}: a new one for the id "".
func (d *Desk) SetMacro(ctx context.Context, by *policy.Agent, brand, id string, r Request) (Settings[Macro], bool, *Problem) {
	return set(ctx, d, macros, by, brand, id, r)
}

// DropMacro takes a macro off.
func (d *Desk) DropMacro(ctx context.Context, by *policy.Agent, brand, id string, r Request) (Settings[Macro], bool, *Problem) {
	return drop(ctx, d, macros, by, brand, id, r)
}

// Bulletins lists a brand's bulletins, also those that are over or to come.
func (d *Desk) Bulletins(ctx context.Context, by *policy.Agent, brand string) (Settings[Bulletin], *Problem) {
	return list(ctx, d, bulletins, by, brand)
}

// SetBulletin keeps a bulletin, {"text", "from", "until"}: a new one for the id "".
func (d *Desk) SetBulletin(ctx context.Context, by *policy.Agent, brand, id string, r Request) (Settings[Bulletin], bool, *Problem) {
	return set(ctx, d, bulletins, by, brand, id, r)
}

// DropBulletin takes a bulletin off.
func (d *Desk) DropBulletin(ctx context.Context, by *policy.Agent, brand, id string, r Request) (Settings[Bulletin], bool, *Problem) {
	return drop(ctx, d, bulletins, by, brand, id, r)
}

// Views lists the views that an agent has at a brand: his own and those that are shared.
func (d *Desk) Views(ctx context.Context, by *policy.Agent, brand string) (Settings[View], *Problem) {
	return list(ctx, d, views, by, brand)
}

// SetView keeps a view, {"name", "of", "channel", "language", "tag", "shared"}: a new one for the id "".
func (d *Desk) SetView(ctx context.Context, by *policy.Agent, brand, id string, r Request) (Settings[View], bool, *Problem) {
	return set(ctx, d, views, by, brand, id, r)
}

// DropView takes a view off.
func (d *Desk) DropView(ctx context.Context, by *policy.Agent, brand, id string, r Request) (Settings[View], bool, *Problem) {
	return drop(ctx, d, views, by, brand, id, r)
}
