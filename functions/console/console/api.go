package console

import (
	"context"
	"net/http"
	"slices"

	"pronto/functions/console/work"
	"pronto/shared/gateway"
	"pronto/shared/policy"
)

// Root is where the API begins.
const Root = "/api/v1"

// Route is one method of one address of the API, with what it needs of who asks: work.Needs has the role.
type Route struct {
	Method, Path string
	Verb         work.Verb // "" for what everybody may read
	handler      http.HandlerFunc
}

// Routes are all routes of the API.
func Routes() []Route { return (&Handler{}).api() }

func (h *Handler) api() []Route {
	all := []Route{
		{"GET", "/openapi.json", "", openapi},
		{"GET", "/queue", work.SeeQueue, h.queue},
		{"GET", "/search", work.Search, h.search},
		{"POST", "/conversations", work.StartIt, h.start},
		{"GET", "/conversations/{id}", work.SeeConversation, h.conversation},
		{"GET", "/conversations/{id}/presence", work.SeeConversation, h.present},
		{"PUT", "/conversations/{id}/presence", work.SeeConversation, h.look},
		{"DELETE", "/conversations/{id}/presence", work.SeeConversation, h.leave},
		{"GET", "/conversations/{id}/messages/{message}/attachments/{number}", work.SeeConversation, h.attachment},
		{"GET", "/conversations/{id}/messages/{message}/aside", work.SeeConversation, h.aside},
		{"POST", "/conversations/{id}/uploads", work.Reply, h.change(once(h.desk.Upload))},
		{"POST", "/uploads", work.StartIt, h.uploadFirst},
		{"GET", "/oncall", work.SeeOnCall, h.oncall},
		{"GET", "/oncall/overrides", work.SeeOnCall, h.overrides},
		{"POST", "/oncall/overrides", work.ChangeRota, h.addOverride},
		{"DELETE", "/oncall/overrides/{id}", work.ChangeRota, h.removeOverride},
		{"GET", "/handovers", work.HandOver, h.handovers},
		{"POST", "/handovers", work.HandOver, h.handing(func(ctx context.Context, by *policy.Agent, brand, _ string, o work.Request) (work.Handovers, bool, *work.Problem) {
			return h.desk.Offer(ctx, by, brand, o)
		})},
		{"POST", "/handovers/{id}/accept", work.HandOver, h.handing(h.desk.Accept)},
		{"POST", "/handovers/{id}/decline", work.HandOver, h.handing(h.desk.Decline)},
		{"GET", "/agents/{id}", work.Offboard, h.offboarding},
		{"POST", "/agents/{id}/offboard", work.Offboard, h.leaving(h.desk.LetGo)},
		{"POST", "/agents/{id}/return", work.Offboard, h.leaving(h.desk.TakeOn)},
		{"GET", "/oncall/feed", work.SeeOnCall, h.feed},
		{"POST", "/oncall/feed", work.SeeOnCall, h.renewFeed},
		{"GET", "/stats/fairness", work.SeeOnCall, h.fairness},
		{"GET", "/stats/promises", work.SeeStats, h.promises},
		{"GET", "/stats/board", work.SeeStats, h.board},
		{"GET", "/forecast", work.SeeQueue, h.forecast},
		{"GET", "/reconciliation", work.SeeSum, h.reconciliation},
		{"GET", "/channels", work.SeeChannels, h.channels},
		{"GET", "/silence", work.SeeSilence, h.silence},
		{"PUT", "/silence", work.SetSilence, h.setSilence},
		{"PUT", "/incident", work.SetIncident, h.setIncident},
		{"GET", "/circulars", work.SendMany, h.circulars},
		{"POST", "/circulars", work.SendMany, h.circularStep(func(ctx context.Context, by *policy.Agent, brand, _ string, o work.Request) (any, bool, *work.Problem) {
			return boxed(h.desk.PrepareCircular(ctx, by, brand, o))
		})},
		{"GET", "/circulars/{id}", work.SendMany, h.circular},
		{"POST", "/circulars/{id}/go", work.SendMany, h.circularStep(func(ctx context.Context, by *policy.Agent, brand, id string, o work.Request) (any, bool, *work.Problem) {
			return boxed(h.desk.GoOn(ctx, by, brand, id, o))
		})},
		{"POST", "/circulars/{id}/stop", work.SendMany, h.circularStep(func(ctx context.Context, by *policy.Agent, brand, id string, o work.Request) (any, bool, *work.Problem) {
			return boxed(h.desk.StopCircular(ctx, by, brand, id, o))
		})},
		{"DELETE", "/circulars/{id}", work.SendMany, h.circularStep(func(ctx context.Context, by *policy.Agent, brand, id string, o work.Request) (any, bool, *work.Problem) {
			return boxed(h.desk.DropCircular(ctx, by, brand, id, o))
		})},
		{"GET", "/held", work.SeeHeld, h.heldList},
		{"GET", "/held/{id}", work.SeeHeld, h.held},
		{"GET", "/suppressed", work.SeeHeld, h.suppressed},
		{"GET", "/blocks", work.SeeHeld, h.blocks},
		{"POST", "/held/{id}/release", work.Release, h.change(once(h.desk.Release))},
		{"POST", "/held/{id}/dismiss", work.Dismiss, h.change(once(h.desk.Dismiss))},
		{"POST", "/held/{id}/block", work.BlockSender, h.change(once(h.desk.BlockSender))},
		{"GET", "/contacts/{id}", work.SeeConversation, h.contact},
		{"GET", "/contacts/{id}/conversations", work.SeeConversation, h.history},
		{"GET", "/contacts/{id}/timeline", work.SeeConversation, h.timeline},
		{"POST", "/contacts/{id}/block", work.BlockSender, h.change(h.block(work.BlockSender))},
		{"POST", "/contacts/{id}/unblock", work.UnblockSender, h.change(h.block(work.UnblockSender))},
		{"POST", "/contacts/{id}/link", work.LinkContact, h.change(once(h.desk.Link))},
		{"POST", "/contacts/{id}/unlink", work.UnlinkContact, h.change(once(h.desk.Unlink))},
		{"POST", "/contacts/{id}/forget", work.ForgetContact, h.change(h.demand(work.ForgetContact))},
		{"POST", "/contacts/{id}/export", work.ExportContact, h.change(h.demand(work.ExportContact))},
		{"GET", "/contacts/{id}/demands", work.SeeDemands, h.demands},
		{"GET", "/webhooks", work.SeeHooks, h.webhooks},
		{"POST", "/webhooks/{id}/replay", work.ReplayHooks, h.change(once(h.desk.Replay))},
		{"POST", "/webhooks/replay", work.ReplayHooks, h.replaySince},
		{"GET", "/audit", work.SeeAudit, h.audit},
	}
	for _, v := range []work.Verb{work.Claim, work.Unassign, work.Assign, work.Reply, work.Note, work.Snooze, work.Resolve, work.Reopen, work.AllowReceipts, work.Confirm, work.RefuseGuest, work.Correct, work.ConfirmPersona, work.DismissPersona,
		work.TakeBack, work.TagIt, work.Undo, work.PassOn,
		work.Merge, work.Unmerge, work.Split, work.Relate, work.Unrelate, work.CallSpam, work.Forward} {
		all = append(all, Route{"POST", "/conversations/{id}/" + string(v), v, h.change(h.do(v))})
	}
	return slices.Concat(all, h.settings(), h.rules(), h.drafting())
}

// queue answers GET /queue?view=priority|mine|unassigned|pending|breached|unawaited|all&brand=&channel=&language=&tag=&cursor=.
func (h *Handler) queue(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	page, p := h.desk.Queue(r.Context(), h.who(r), work.Query{
		View: q.Get("view"), Brand: q.Get("brand"), Channel: q.Get("channel"), Language: q.Get("language"), Tag: q.Get("tag"), Cursor: q.Get("cursor"),
	})
	reply(w, page, p)
}

// search answers GET /search?q=&brand=&cursor=.
func (h *Handler) search(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	page, p := h.desk.Search(r.Context(), h.who(r), q.Get("q"), q.Get("brand"), q.Get("cursor"))
	reply(w, page, p)
}

// conversation answers GET /conversations/{id}?messages_after=.
func (h *Handler) conversation(w http.ResponseWriter, r *http.Request) {
	c, p := h.desk.Conversation(r.Context(), h.who(r), r.PathValue("id"), r.URL.Query().Get("messages_after"))
	reply(w, c, p)
}

// attachment answers GET /conversations/{id}/messages/{message}/attachments/{number}.
func (h *Handler) attachment(w http.ResponseWriter, r *http.Request) {
	link, p := h.desk.Attachment(r.Context(), h.who(r), r.PathValue("id"), r.PathValue("message"), r.PathValue("number"))
	reply(w, link, p)
}

// start answers POST /conversations?brand=: an agent writes first.
func (h *Handler) start(w http.ResponseWriter, r *http.Request) {
	h.change(func(ctx context.Context, by *policy.Agent, _ string, o work.Request) (any, bool, *work.Problem) {
		return boxed(h.desk.Start(ctx, by, r.URL.Query().Get("brand"), o))
	})(w, r)
}

// uploadFirst answers POST /uploads?brand=: a file of a letter that opens a conversation.
func (h *Handler) uploadFirst(w http.ResponseWriter, r *http.Request) {
	h.change(func(ctx context.Context, by *policy.Agent, _ string, o work.Request) (any, bool, *work.Problem) {
		return boxed(h.desk.UploadFirst(ctx, by, r.URL.Query().Get("brand"), o))
	})(w, r)
}

// aside answers GET /conversations/{id}/messages/{message}/aside.
func (h *Handler) aside(w http.ResponseWriter, r *http.Request) {
	a, p := h.desk.Aside(r.Context(), h.who(r), r.PathValue("id"), r.PathValue("message"))
	reply(w, a, p)
}

// oncall answers GET /oncall?at=&brand=.
func (h *Handler) oncall(w http.ResponseWriter, r *http.Request) {
	on, p := h.desk.OnCall(r.Context(), h.who(r), r.URL.Query().Get("brand"), r.URL.Query().Get("at"))
	reply(w, on, p)
}

// reconciliation answers GET /reconciliation?day=&brand=: the day's sum. Every role may read it, whatever its brands, and on one machine nobody, too.
func (h *Handler) reconciliation(w http.ResponseWriter, r *http.Request) {
	if h.who(r) == nil && gateway.Claims(r.Context()) != nil {
		tell(w, work.Unknown())
		return
	}
	day, p := h.desk.Reconciliation(r.Context(), r.URL.Query().Get("brand"), r.URL.Query().Get("day"))
	reply(w, day, p)
}

// silence answers GET /silence?brand=.
func (h *Handler) silence(w http.ResponseWriter, r *http.Request) {
	s, p := h.desk.Silence(r.Context(), h.who(r), r.URL.Query().Get("brand"))
	reply(w, s, p)
}

// channels answers GET /channels?brand=.
func (h *Handler) channels(w http.ResponseWriter, r *http.Request) {
	lines, p := h.desk.Lines(r.Context(), h.who(r), r.URL.Query().Get("brand"))
	if lines == nil {
		lines = []work.Line{}
	}
	reply(w, map[string]any{"items": lines}, p)
}

// setSilence answers PUT /silence?brand=.
func (h *Handler) setSilence(w http.ResponseWriter, r *http.Request) {
	h.change(func(_ context.Context, by *policy.Agent, _ string, o work.Request) (any, bool, *work.Problem) {
		s, p := h.desk.SetSilence(r.Context(), by, r.URL.Query().Get("brand"), o.Body)
		return s, false, p
	})(w, r)
}

// setIncident answers PUT /incident?brand=.
func (h *Handler) setIncident(w http.ResponseWriter, r *http.Request) {
	h.change(func(_ context.Context, by *policy.Agent, _ string, o work.Request) (any, bool, *work.Problem) {
		s, p := h.desk.SetIncident(r.Context(), by, r.URL.Query().Get("brand"), o.Body)
		return s, false, p
	})(w, r)
}

// circulars answers GET /circulars?brand=.
func (h *Handler) circulars(w http.ResponseWriter, r *http.Request) {
	all, p := h.desk.Circulars(r.Context(), h.who(r), r.URL.Query().Get("brand"))
	reply(w, all, p)
}

// circular answers GET /circulars/{id}?brand=.
func (h *Handler) circular(w http.ResponseWriter, r *http.Request) {
	one, p := h.desk.Circular(r.Context(), h.who(r), r.URL.Query().Get("brand"), r.PathValue("id"))
	reply(w, one, p)
}

// circularStep answers what changes a circular of a brand's.
func (h *Handler) circularStep(do func(ctx context.Context, by *policy.Agent, brand, id string, o work.Request) (any, bool, *work.Problem)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h.change(func(ctx context.Context, by *policy.Agent, id string, o work.Request) (any, bool, *work.Problem) {
			return do(ctx, by, r.URL.Query().Get("brand"), id, o)
		})(w, r)
	}
}

// suppressed answers GET /suppressed?brand=&day=&reason=&cursor=.
func (h *Handler) suppressed(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	page, p := h.desk.Suppressed(r.Context(), h.who(r), work.SuppressedQuery{Brand: q.Get("brand"), Day: q.Get("day"), Reason: q.Get("reason"), Cursor: q.Get("cursor")})
	reply(w, page, p)
}

// blocks answers GET /blocks?brand=.
func (h *Handler) blocks(w http.ResponseWriter, r *http.Request) {
	all, p := h.desk.Blocks(r.Context(), h.who(r), r.URL.Query().Get("brand"))
	reply(w, all, p)
}

// heldList answers GET /held?brand=&state=&reason=&cursor=.
func (h *Handler) heldList(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	page, p := h.desk.HeldList(r.Context(), h.who(r), work.HeldQuery{Brand: q.Get("brand"), State: q.Get("state"), Reason: q.Get("reason"), Cursor: q.Get("cursor")})
	reply(w, page, p)
}

// held answers GET /held/{id}.
func (h *Handler) held(w http.ResponseWriter, r *http.Request) {
	one, p := h.desk.HeldOne(r.Context(), h.who(r), r.PathValue("id"))
	reply(w, one, p)
}

// contact answers GET /contacts/{id}.
func (h *Handler) contact(w http.ResponseWriter, r *http.Request) {
	c, p := h.desk.Contact(r.Context(), h.who(r), r.PathValue("id"))
	reply(w, c, p)
}

// demands answers GET /contacts/{id}/demands.
func (h *Handler) demands(w http.ResponseWriter, r *http.Request) {
	all, p := h.desk.Demands(r.Context(), h.who(r), r.PathValue("id"))
	reply(w, all, p)
}

// history answers GET /contacts/{id}/conversations.
func (h *Handler) history(w http.ResponseWriter, r *http.Request) {
	all, p := h.desk.History(r.Context(), h.who(r), r.PathValue("id"))
	reply(w, all, p)
}

// timeline answers GET /contacts/{id}/timeline?cursor=.
func (h *Handler) timeline(w http.ResponseWriter, r *http.Request) {
	page, p := h.desk.Timeline(r.Context(), h.who(r), r.PathValue("id"), r.URL.Query().Get("cursor"))
	reply(w, page, p)
}

// audit answers GET /audit?conversation=&brand=&cursor=.
func (h *Handler) audit(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	page, p := h.desk.Audit(r.Context(), h.who(r), q.Get("brand"), q.Get("conversation"), q.Get("cursor"))
	reply(w, page, p)
}

// webhooks answers GET /webhooks?brand=&webhook=&state=&cursor=.
func (h *Handler) webhooks(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	page, p := h.desk.Hooks(r.Context(), h.who(r), work.HookQuery{Brand: q.Get("brand"), Webhook: q.Get("webhook"), State: q.Get("state"), Cursor: q.Get("cursor")})
	reply(w, page, p)
}

// replaySince answers POST /webhooks/replay?brand=.
func (h *Handler) replaySince(w http.ResponseWriter, r *http.Request) {
	h.change(func(ctx context.Context, by *policy.Agent, _ string, o work.Request) (any, bool, *work.Problem) {
		return boxed(h.desk.ReplaySince(ctx, by, r.URL.Query().Get("brand"), o))
	})(w, r)
}

// change is what a POST does to the thing of an id.
type change func(ctx context.Context, by *policy.Agent, id string, o work.Request) (v any, replayed bool, p *work.Problem)

// do is an agent's doing to a conversation.
func (h *Handler) do(v work.Verb) change {
	return func(ctx context.Context, by *policy.Agent, id string, o work.Request) (any, bool, *work.Problem) {
		return boxed(h.desk.Do(ctx, by, id, v, o))
	}
}

// block blocks a contact or admits it again.
func (h *Handler) block(v work.Verb) change {
	return func(ctx context.Context, by *policy.Agent, id string, o work.Request) (any, bool, *work.Problem) {
		return boxed(h.desk.BlockContact(ctx, by, v, id, o))
	}
}

// demand records what a customer demands of what is kept about him.
func (h *Handler) demand(v work.Verb) change {
	return func(ctx context.Context, by *policy.Agent, id string, o work.Request) (any, bool, *work.Problem) {
		return boxed(h.desk.Demand(ctx, by, v, id, o))
	}
}

// once is a change whose answer is of a type of its own.
func once[T any](f func(context.Context, *policy.Agent, string, work.Request) (T, bool, *work.Problem)) change {
	return func(ctx context.Context, by *policy.Agent, id string, o work.Request) (any, bool, *work.Problem) {
		return boxed(f(ctx, by, id, o))
	}
}

func boxed[T any](v T, replayed bool, p *work.Problem) (any, bool, *work.Problem) {
	return v, replayed, p
}

// change answers a request that changes something: once for each Idempotency-Key.
func (h *Handler) change(do change) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		by := h.who(r)
		raw, p := body(w, r, by)
		if p != nil {
			tell(w, p)
			return
		}
		v, replayed, p := do(r.Context(), by, r.PathValue("id"), work.Request{
			Body: raw, Match: r.Header.Get("If-Match"), Key: r.Header.Get("Idempotency-Key"),
		})
		if replayed && p == nil {
			w.Header().Set("Idempotency-Replayed", "true")
		}
		reply(w, v, p)
	}
}
