// What scripts add to pages that work without them: countdowns, lists that stay fresh, drafts, keys. Nothing here is needed to read or to answer.
"use strict";
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const one = (selector) => document.querySelector(selector);

  // Countdowns. The server's clock is the one that counts: what the reader's differs by is not known, so seconds are shown, not judged.
  const two = (n) => String(n).padStart(2, "0");
  const left = (seconds) => {
    const s = Math.abs(Math.round(seconds)), h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
    const words = h >= 48 ? `${Math.floor(h / 24)} days` : h >= 10 ? `${h} h` : h > 0 ? `${h} h ${two(m)} min` : `${m}:${two(s % 60)}`;
    return seconds < 0 ? ` late by ${words}` : ` in ${words}`;
  };
  const count = () => all("[data-due]").forEach((t) => {
    const seconds = (Date.parse(t.dataset.due) - Date.now()) / 1000;
    let words = t.querySelector(".left");
    if (!words) { words = document.createElement("span"); words.className = "left"; words.setAttribute("aria-hidden", "true"); t.append(words); }
    const now = left(seconds);
    if (words.textContent !== now) words.textContent = now;
    t.classList.toggle("late", seconds < 0);
    t.classList.toggle("near", seconds >= 0 && seconds < 900);
  });
  count();
  setInterval(count, 1000);

  // Fresh parts: only what a person can see is asked for, and only what has changed is sent.
  document.addEventListener("htmx:configRequest", (e) => {
    const version = e.detail.elt.dataset.version;
    if (version) e.detail.headers["If-None-Match"] = version;
  });
  document.addEventListener("htmx:beforeRequest", (e) => {
    if (document.hidden || window.getSelection()?.type === "Range" && e.detail.elt.contains(window.getSelection().anchorNode)) e.preventDefault();
  });
  const offline = one("#offline");
  const away = (words) => { if (offline) { offline.textContent = words; offline.hidden = !words; } };
  document.addEventListener("htmx:afterRequest", (e) => {
    const status = e.detail.xhr?.status;
    if (status === 401) away("You are signed out. What you typed is kept: sign in in another tab, then go on here.");
    else if (status === 200 || status === 304) away("");
  });
  document.addEventListener("htmx:sendError", () => away("The desk cannot be reached. What you typed is kept; this page goes on by itself."));
  let open = [], focused = "";
  document.addEventListener("htmx:beforeSwap", () => {
    open = all("#timeline details[open], #earlier[open], #facts details[open]").map((d) => d.id);
    focused = document.activeElement?.id || "";
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focused && document.activeElement === document.body) document.getElementById(focused)?.focus({ preventScroll: true });
    count();
  });

  // Drafts: what is typed outlives a reload, and goes when it was sent.
  const work = one("form[data-draft]");
  const key = (name) => `draft:${work.dataset.draft}:${name}`;
  const fields = () => all("textarea[form=work]");
  if (work) {
    const done = new URLSearchParams(location.search).get("said");
    for (const name of { reply: ["text"], note: ["note"], assign: ["handover"] }[done] || []) sessionStorage.removeItem(key(name));
    for (const f of fields()) {
      const kept = sessionStorage.getItem(key(f.name));
      if (!f.value && kept) { f.value = kept; const more = f.closest("details"); if (more) more.open = true; }
      f.addEventListener("input", () => f.value ? sessionStorage.setItem(key(f.name), f.value) : sessionStorage.removeItem(key(f.name)));
    }
    if (done) history.replaceState(null, "", location.pathname);
  }

  // A button pressed twice is one press. (The server knows, too, by the form's key.)
  document.addEventListener("submit", (e) => {
    const form = e.target;
    if (form.method !== "post") return;
    if (form.dataset.busy) { e.preventDefault(); return; }
    form.dataset.busy = "yes";
    setTimeout(() => delete form.dataset.busy, 5000);
  });
  window.addEventListener("pageshow", () => all("form[data-busy]").forEach((f) => delete f.dataset.busy));

  // Filters are applied when they are chosen.
  for (const form of all("form[data-auto]")) {
    form.addEventListener("change", () => form.requestSubmit());
    const button = form.querySelector("button");
    if (button) button.hidden = true;
  }

  // Keys.
  const help = one("#help");
  const show = () => help && !help.open && help.showModal();
  for (const b of all("[data-help]")) { b.hidden = false; b.addEventListener("click", show); }
  const reveal = (id, field) => {
    const more = document.getElementById(id), at = document.getElementById(field);
    if (!at) return;
    if (more) more.open = true;
    at.focus();
    at.scrollIntoView({ block: "center" });
  };
  const move = (by) => {
    const rows = all(".row .open");
    const at = rows.indexOf(document.activeElement);
    const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))];
    next?.focus();
  };
  const press = (selector) => one(selector)?.click();
  const keys = {
    j: () => move(1), k: () => move(-1), c: () => press("[data-key=c]"), e: () => press("[data-key=e]"), r: () => reveal("", "text"),
    n: () => reveal("more-note", "note"), h: () => reveal("more-assign", "to"), s: () => { reveal("more-snooze", "until"); one("#more-snooze button")?.focus(); },
    "/": () => one("#q") ? one("#q").focus() : location.assign("/console/search"),
    q: () => { location.href = "/console"; }, "?": show,
  };
  document.addEventListener("keydown", (e) => {
    const typing = e.target.closest("textarea, input, select, [contenteditable]");
    if ((e.ctrlKey || e.metaKey) && e.key === "Enter" && e.target.dataset?.send) {
      e.preventDefault();
      document.getElementById(e.target.dataset.send)?.click();
      return;
    }
    if (e.key === "Escape" && typing) { typing.blur(); return; }
    if (typing || e.ctrlKey || e.metaKey || e.altKey || help?.open || !keys[e.key]) return;
    e.preventDefault();
    keys[e.key]();
  });

  one("[data-focus]")?.focus();
})();
