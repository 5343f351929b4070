package receive

import (
	"context"
	"errors"
	"io"
	"net/http"

	"pronto/shared/channel/webhook"
	"pronto/shared/line"
	"pronto/shared/setup"
)

// maxPush is what a push may have: RFC 8030 lets servers refuse more than 4 KB.
const maxPush = 16 << 10

// errNobody is a push to an address that is no account's, or one that its account's network did not make. Both are answered alike: who guesses learns nothing.
var errNobody = errors.New("no such push")

// push answers POST /hooks/{channel}/{push}: 201 when the account will be polled at once, 404, 413, or 503: push again. A push that is told twice polls twice.
func (h *Handler) push(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	status, err := http.StatusCreated, h.pushed(ctx, r)
	switch {
	case err == nil:
	case errors.Is(err, errNobody):
		status = http.StatusNotFound
		h.log.Warn("refused", "channel", r.PathValue("channel")[:min(len(r.PathValue("channel")), 20)], "status", status, "title", "Push not believed", "reason", unbelieved(err))
	case errors.Is(err, errTooLarge):
		status = http.StatusRequestEntityTooLarge
	default:
		status = http.StatusServiceUnavailable
		h.log.Error("receive", "status", status, "error", setup.Outermost(err))
		w.Header().Set("Retry-After", "10")
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
}

// unbelieved is why a push to an account's address was not believed, for who reads the ledger; "" where there is no such address.
func unbelieved(err error) webhook.Reason {
	var why *webhook.Refusal
	if errors.As(err, &why) {
		return why.Reason
	}
	return ""
}

func (h *Handler) pushed(ctx context.Context, r *http.Request) error {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPush+1))
	if err != nil {
		return err
	}
	if len(body) > maxPush {
		return errTooLarge
	}
	to, ok, err := h.lines.Pushed(ctx, r.PathValue("channel"), r.PathValue("push"))
	if err != nil {
		return err
	}
	if !ok {
		return errNobody
	}
	if err := to.Push(r.Header, body); err != nil {
		return errors.Join(errNobody, err)
	}
	a, now := to.Account, h.now()
	if err := line.Put(ctx, h.sqs, h.listen, now, line.Order{Brand: a.Brand, Channel: a.Channel, Handle: a.Handle, At: now, Pushed: true}); err != nil {
		return err
	}
	h.log.Info("pushed", "brand", a.Brand, "channel", a.Channel)
	return nil
}
