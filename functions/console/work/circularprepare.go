package work

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/reply"
	"pronto/shared/store"
)

// PrepareCircular keeps a circular without sending anything: {"texts": {"en": "…"}, "view", "channel", "language", "tag", "conversations": […], "incident": true for those
// alone whose receipt told of the brand's incident, "anyhow": true, "resolve": true}.
func (d *Desk) PrepareCircular(ctx context.Context, by *policy.Agent, brand string, r Request) (out Circular, again bool, p *Problem) {
	b, p := d.brand(by, SendMany, brand)
	if p != nil {
		return out, false, p
	}
	var v struct {
		Texts                        map[string]string
		View, Channel, Language, Tag string
		Conversations                []string
		Incident, Anyhow, Resolve    bool
	}
	if p := decode(r.Body, &v); p != nil {
		return out, false, p
	}
	x := desk.Circular{Anyhow: v.Anyhow, Resolve: v.Resolve, By: by.ID, At: d.Now().UTC()}
	if x.Texts, p = circularTexts(v.Texts); p != nil {
		return out, false, p
	}
	if _, has := x.Texts[b.Language]; v.Anyhow && !has {
		return out, false, Refuse(http.StatusUnprocessableEntity, "texts", "who has no text in their language is to get the brand's: write one in "+b.Language)
	}
	q := Query{View: cmp.Or(v.View, "all"), Brand: b.ID, Channel: v.Channel, Language: v.Language, Tag: v.Tag}
	if x.To, p = d.chosenFor(ctx, by, q, v.Conversations, v.Incident); p != nil {
		return out, false, p
	}
	kept, err := store.KeptOf[desk.Circular](ctx, d.store, b.ID, store.Circulars)
	if err != nil {
		return out, false, d.Unable("circular", err)
	}
	once, p := d.once(b.ID, by, SendMany, "", r)
	if p != nil {
		return out, false, p
	}
	if len(kept) >= maxCirculars && !slices.ContainsFunc(kept, func(k store.Kept[desk.Circular]) bool { return k.ID == once.Key }) {
		return out, false, Refuse(http.StatusConflict, "", "a brand keeps 50 circulars at most: take one off first")
	}
	again, p = d.keepCircular(ctx, b, once.Key, 0, x, desk.CircularKept, by, once)
	if p != nil {
		return out, again, p
	}
	out, p = d.Circular(ctx, by, b.ID, once.Key)
	return out, again, p
}

func circularTexts(texts map[string]string) (map[string]string, *Problem) {
	all, n := map[string]string{}, 0
	for language, text := range texts {
		if text = reply.Clean(text); text == "" {
			continue
		}
		if !policy.IsLanguage(language) {
			return nil, Refuse(http.StatusUnprocessableEntity, "texts", "write languages by their two letters (ISO 639-1), as in en")
		}
		all[language] = text
		n += utf8.RuneCountInString(text)
	}
	switch {
	case len(all) == 0:
		return nil, Refuse(http.StatusUnprocessableEntity, "texts", "write the answer in one language at least")
	case len(all) > maxTextsOf || n > maxCircularText:
		return nil, Refuse(http.StatusUnprocessableEntity, "texts", "write it in 12 languages at most, and with "+strconv.Itoa(maxCircularText)+" characters in all")
	}
	return all, nil
}

// chosenFor are the conversations that a circular goes to: those that are named, or those of a list, as far as MaxCircular.
func (d *Desk) chosenFor(ctx context.Context, by *policy.Agent, q Query, named []string, incident bool) (to []string, p *Problem) {
	if len(named) > desk.MaxCircular {
		return nil, Refuse(http.StatusUnprocessableEntity, "conversations", "a circular goes to 500 conversations at most: prepare another for the others")
	}
	for _, id := range named {
		if !known(id) {
			return nil, Refuse(http.StatusUnprocessableEntity, "conversations", "this is no conversation's id: "+strconv.Quote(strings.ToValidUTF8(id[:min(len(id), 40)], "?")))
		}
		if !slices.Contains(to, id) {
			to = append(to, id)
		}
	}
	told := func(*desk.Conversation) bool { return true }
	if incident {
		w, err := d.store.Switch(ctx, q.Brand)
		if err != nil {
			return nil, d.Unable("circular", err)
		}
		if w.Incident == nil {
			return nil, Refuse(http.StatusConflict, "incident", "receipts of this brand tell of no incident: choose otherwise")
		}
		told = func(c *desk.Conversation) bool {
			_, said := w.Incident.Texts[c.Language]
			return said && c.Receipt != nil && !c.Receipt.At.Before(w.Incident.At) && c.Receipt.At.Before(w.Incident.Until)
		}
	}
	for len(named) == 0 {
		page, p := d.Queue(ctx, by, q)
		if p != nil {
			return nil, p
		}
		var ids []string
		for _, c := range page.Items {
			ids = append(ids, c.ID)
		}
		found, _, err := d.ofCircular(ctx, q.Brand, ids)
		if err != nil {
			return nil, d.Unable("circular", err)
		}
		for _, id := range ids {
			if c := found[desk.Ref{Brand: q.Brand, Conversation: id}]; c != nil && told(c) && len(to) < desk.MaxCircular {
				to = append(to, id)
			}
		}
		if q.Cursor = page.Cursor; q.Cursor == "" || len(to) >= desk.MaxCircular {
			break
		}
	}
	if len(to) == 0 {
		return nil, Refuse(http.StatusUnprocessableEntity, "view", "nobody waits there: choose another list")
	}
	return to, nil
}
