package pages

import (
	"net/http"
	"strings"
	"time"

	"pronto/functions/console/words"
	"pronto/functions/console/work"
	"pronto/shared/desk"
)

// devicesView is the page of an agent's devices: browsers to which pages are pushed.
type devicesView struct {
	Key     string // under which a browser subscribes
	On      bool   // this one is among them
	Alert   string
	Devices []deviceView
}

type deviceView struct {
	ID, Name string
	This     bool
	Old      bool
	Seen     moment
	Tested   *moment
	State    string // of the last push, in words
	Bad      bool
}

// fates are what became of a push, in words.
var fates = map[desk.PushFate]words.Key{
	desk.PushRefused: "Its push service refuses what we send: turn it off and on again.",
	desk.PushLater:   "Its push service took nothing the last time: it is tried again with the next page.",
	desk.PushUnheard: "Its push service did not answer the last time: it may have come.",
}

// devices answers GET /console/devices.
func (h *Handler) devices(w http.ResponseWriter, v *visit) { h.showDevices(w, v, nil) }

func (h *Handler) showDevices(w http.ResponseWriter, v *visit, why *work.Problem) {
	all, p := h.desk.Devices(v.Context(), v.by)
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	view, status := devicesView{Key: h.desk.PushKey()}, http.StatusOK
	if why != nil {
		view.Alert, status = sentence(v.T(words.Key(why.Detail))), why.Status
	}
	this, _ := h.deviceOf(v)
	for _, d := range all {
		one := deviceView{ID: d.ID, Name: d.Name, This: d.ID == this.ID && this.Agent == v.by.ID, Old: d.Old, Seen: v.at(d.Seen), Bad: d.Trouble != ""}
		if one.Name == "" {
			one.Name = v.T("A browser")
		}
		if k, ok := fates[d.Trouble]; ok {
			one.State = v.T(k)
		}
		if d.Tested != nil {
			m := v.at(*d.Tested)
			one.Tested = &m
		}
		view.On = view.On || one.This && !one.Old
		view.Devices = append(view.Devices, one)
	}
	h.render(w, status, "devices", v, page{Title: v.T("Devices"), At: "devices", Said: v.T(said[v.URL.Query().Get("said")]), Body: &view})
}

// thisDevice is the device behind a browser, in a cookie of its own, which outlives the session: pages come to who is not at the console.
type thisDevice struct {
	ID    string `json:"i"`
	Agent string `json:"a"`
	Seen  int64  `json:"s"` // Unix seconds
}

const deviceName = "pronto-device"

func (h *Handler) deviceOf(v *visit) (d thisDevice, ok bool) {
	ok = h.sessions.Open(v.Request, deviceName, &d) && d.ID != ""
	return d, ok
}

func (h *Handler) keepDevice(w http.ResponseWriter, v *visit, id string) {
	h.sessions.Seal(w, deviceName, thisDevice{id, v.by.ID, v.now.Unix()}, desk.DeviceLife)
}

// saw notes once a day that an agent is in the console on a device. One that is another agent's is taken off: a browser shows the pages of who works at it.
func (h *Handler) saw(w http.ResponseWriter, v *visit) {
	d, ok := h.deviceOf(v)
	switch {
	case !ok:
	case d.Agent != v.by.ID:
		if h.desk.RemoveDevice(v.Context(), d.Agent, d.ID) == nil {
			h.sessions.Drop(w, deviceName)
		}
	case v.now.Sub(time.Unix(d.Seen, 0)) < 24*time.Hour:
	case h.desk.SawDevice(v.Context(), v.by, d.ID):
		h.keepDevice(w, v, d.ID)
	default:
		h.sessions.Drop(w, deviceName)
	}
}

// leaveDevice takes the device off on which an agent signs out.
func (h *Handler) leaveDevice(w http.ResponseWriter, v *visit) {
	if d, ok := h.deviceOf(v); ok && h.desk.RemoveDevice(v.Context(), d.Agent, d.ID) == nil {
		h.sessions.Drop(w, deviceName)
	}
}

// addDevice answers POST /console/devices with what the browser has subscribed as.
func (h *Handler) addDevice(w http.ResponseWriter, v *visit) {
	id, p := h.desk.AddDevice(v.Context(), v.by, v.PostFormValue("endpoint"), v.PostFormValue("p256dh"), v.PostFormValue("auth"), browserName(v.UserAgent()), v.Tag)
	if p != nil {
		h.showDevices(w, v, p)
		return
	}
	if d, ok := h.deviceOf(v); ok && d.ID != id { // it has subscribed anew
		_ = h.desk.RemoveDevice(v.Context(), d.Agent, d.ID) // else its push service says that it is gone
	}
	h.keepDevice(w, v, id)
	to(w, "/console/devices?said=device_on")
}

// deviceDoing answers POST /console/devices/{id}/{doing}.
func (h *Handler) deviceDoing(w http.ResponseWriter, v *visit) {
	var p *work.Problem
	done := ""
	switch id := v.PathValue("id"); v.PathValue("doing") {
	case "remove":
		if p, done = h.desk.RemoveDevice(v.Context(), v.by.ID, id), "device_off"; p == nil {
			if d, ok := h.deviceOf(v); ok && d.ID == id {
				h.sessions.Drop(w, deviceName)
			}
		}
	case "try":
		p, done = h.desk.TryDevice(v.Context(), v.by, id), "device_tried"
	default:
		p = &work.Problem{Status: http.StatusNotFound, Detail: "there is no such page"}
	}
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	to(w, "/console/devices?said="+done)
}

// browserName is what a browser says that it is, shortly: names of products, the same in every language.
func browserName(agent string) string {
	first := func(names ...string) string {
		for i := 0; i+1 < len(names); i += 2 {
			if strings.Contains(agent, names[i]) {
				return names[i+1]
			}
		}
		return ""
	}
	browser := first("Edg", "Edge", "OPR/", "Opera", "SamsungBrowser", "Samsung Internet", "Firefox", "Firefox", "FxiOS", "Firefox", "Chrome", "Chrome", "CriOS", "Chrome", "Safari", "Safari")
	system := first("iPhone", "iPhone", "iPad", "iPad", "Android", "Android", "Windows", "Windows", "Mac OS", "Mac", "CrOS", "ChromeOS", "Linux", "Linux")
	if browser != "" && system != "" {
		return browser + ", " + system
	}
	return browser + system
}
