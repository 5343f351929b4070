package pages

import (
	"strings"

	"pronto/functions/console/work"
	"pronto/shared/desk"
)

// personaView is the hint of how the contact behaves, with its buttons.
type personaView struct {
	Name, By             string
	Words                []string
	Helps, Mind          string
	Open, Right          bool   // nobody has decided yet; somebody has confirmed it
	ConfirmAt, DismissAt string // where the buttons lead
}

func (h *Handler) persona(v *visit, c work.Conversation) *personaView {
	p := c.Persona
	if p == nil {
		return nil
	}
	at := func(verb work.Verb) string {
		return "/console/conversations/" + c.ID + "/" + string(verb) + "?card=" + string(p.Card)
	}
	return &personaView{
		Name: strings.ReplaceAll(v.said(string(p.Card)), "-", "‑"), By: h.nameOf(p.By), Words: p.Words, Helps: v.said(p.Helps), Mind: v.said(p.Mind),
		Open: p.State == desk.Hinted, Right: p.State == desk.HintConfirmed, ConfirmAt: at(work.ConfirmPersona), DismissAt: at(work.DismissPersona),
	}
}
