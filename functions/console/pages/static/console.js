// What scripts add to pages that work without them: countdowns, lists that stay fresh, keys. Nothing here is needed to read or to answer.
"use strict";
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const one = (selector) => document.querySelector(selector);

  // Texts: the page brings those of its language, by their English ones. %s is filled in.
  const texts = JSON.parse(document.body.dataset.words || "{}");
  const t = (key, ...filled) => { let i = 0; return (texts[key] || key).replace(/%s/g, () => filled[i++]); };

  // Countdowns. The server's clock is the one that counts: what the reader's differs by is not known, so seconds are shown, not judged.
  const two = (n) => String(n).padStart(2, "0");
  const left = (seconds) => {
    const s = Math.abs(Math.round(seconds)), h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
    const words = h >= 48 ? t("%s days", Math.floor(h / 24)) : h >= 10 ? t("%s h", h) : h > 0 ? t("%s h %s min", h, two(m)) : `${m}:${two(s % 60)}`;
    return " " + (seconds < 0 ? t("late by %s", words) : t("in %s", words));
  };
  const count = () => all("[data-due]").forEach((at) => {
    const seconds = (Date.parse(at.dataset.due) - Date.now()) / 1000;
    let words = at.querySelector(".left");
    if (!words) { words = document.createElement("span"); words.className = "left"; words.setAttribute("aria-hidden", "true"); at.append(words); }
    const now = left(seconds);
    if (words.textContent !== now) words.textContent = now;
    at.classList.toggle("late", seconds < 0);
    at.classList.toggle("near", seconds >= 0 && seconds < 900);
  });
  // The customer's clock, and what can be undone no more.
  const tick = () => {
    all("[data-offset]").forEach((at) => {
      const there = new Date(Date.now() + at.dataset.offset * 1000);
      const now = document.documentElement.lang === "en-US"
        ? there.toLocaleTimeString("en-US", { timeZone: "UTC", hour: "numeric", minute: "2-digit" }) : there.toISOString().slice(11, 16);
      if (at.textContent !== now) at.textContent = now;
    });
    all("[data-until]").forEach((f) => { if (Date.parse(f.dataset.until) < Date.now()) f.remove(); });
  };
  count();
  tick();
  setInterval(() => { count(); tick(); }, 1000);

  let typed = 0; // when something was, last
  document.addEventListener("input", (e) => { if (e.target.matches("textarea[form=work]")) typed = Date.now(); });

  // Fresh parts: only what a person can see is asked for, and only what has changed is sent.
  document.addEventListener("htmx:configRequest", (e) => {
    const version = e.detail.elt.dataset.version;
    if (version) e.detail.headers["If-None-Match"] = version;
    e.detail.path = e.detail.elt.getAttribute("hx-get") || e.detail.path; // htmx keeps that of the first time
    if (e.detail.elt.id !== "timeline") return;
    if (Date.now() - typed < 6000) e.detail.parameters.typing = "1"; // colleagues see it
    if (work) e.detail.path = e.detail.path.replace(/([?&]page=)[^&]*/, `$1${mine}`);
  });
  document.addEventListener("htmx:beforeRequest", (e) => {
    if (document.hidden || e.detail.elt.querySelector("input:checked")) e.preventDefault(); // the list stands still while one chooses
  });
  // So does what one has marked, to copy it. The page asks on all the same: its agent is there.
  const marked = (within) => window.getSelection()?.type === "Range" && within.contains(window.getSelection().anchorNode);
  const offline = one("#offline");
  const away = (words) => { if (offline) { offline.textContent = words; offline.hidden = !words; } };
  document.addEventListener("htmx:afterRequest", (e) => {
    const status = e.detail.xhr?.status;
    if (status === 304 && e.detail.elt.dataset.version) e.detail.elt.dataset.version = e.detail.xhr.getResponseHeader("ETag") || e.detail.elt.dataset.version;
    if (status === 401) away(t("You are signed out. What you typed is kept: sign in in another tab, then go on here."));
    else if (status === 200 || status === 304) away("");
  });
  document.addEventListener("htmx:sendError", () => away(t("The desk cannot be reached. What you typed is kept; this page goes on by itself.")));
  // Of the list is told who is new in it. That waiting costs more, or that others have gone, can be seen: told each time it would never be quiet.
  const rows = () => all("#rows .row .open");
  const met = new Set(rows().map((a) => a.id));
  const tell = () => {
    const said = one("#news"), fresh = rows().filter((a) => !met.has(a.id));
    if (!fresh.length || !said) return;
    fresh.forEach((a) => met.add(a.id));
    const name = (a) => [a, a.closest(".row").querySelector(".priority")].map((e) => e.textContent.trim()).join(", ");
    said.textContent = fresh.length === 1 ? t("New in the queue: %s", name(fresh[0])) : t("%s are new in the queue", fresh.length);
  };
  // What is fresh comes into what is there: only what has changed is changed. Who reads a row or a message with a screen reader, has unfolded something or has the focus there,
  // stays where he is; a part that is replaced as a whole leads him to the end of the page.
  const become = (was, now) => {
    if (was.isEqualNode(now) || was.nodeType === Node.ELEMENT_NODE && was.hasAttribute("hx-preserve")) return;
    if (was.nodeType !== Node.ELEMENT_NODE) { was.data = now.data; return; }
    for (const a of now.attributes) if (was.getAttribute(a.name) !== a.value) was.setAttribute(a.name, a.value);
    for (const a of [...was.attributes]) if (!now.hasAttribute(a.name) && a.name !== "open") was.removeAttribute(a.name);
    const named = new Set([...now.children].map((c) => c.id));
    for (const c of [...was.children]) if (c.id && !named.has(c.id)) c.remove();
    let at = was.firstChild;
    const drop = () => { const next = at.nextSibling; at.remove(); at = next; };
    for (const n of [...now.childNodes]) {
      while (at?.nodeType === Node.TEXT_NODE && n.nodeType === Node.ELEMENT_NODE) drop();
      const same = n.id ? [...was.children].find((c) => c.id === n.id && c.nodeName === n.nodeName) : at?.nodeName === n.nodeName && !at.id ? at : null;
      if (!same) { was.insertBefore(n, at); continue; }
      if (same === at) at = at.nextSibling; else was.insertBefore(same, at);
      become(same, n);
    }
    while (at) drop();
  };
  const freshen = (page) => {
    for (const part of [...new DOMParser().parseFromString(page, "text/html").body.children]) {
      const was = document.getElementById(part.id);
      if (was?.id !== "news") { if (was) become(was, part); } else if (was.textContent.trim() !== part.textContent.trim()) was.replaceChildren(...part.childNodes); // the same words are not read twice
    }
  };
  let focused = null;
  const refocus = () => {
    if (focused && document.activeElement === document.body) {
      const home = document.getElementById(focused.id), at = home && [home, ...all("*", home)][focused.n];
      if (at?.tagName === focused.tag) at.focus({ preventScroll: true });
    }
    count();
    tell();
  };
  document.addEventListener("htmx:beforeSwap", (e) => {
    if (marked(e.detail.target)) { e.detail.shouldSwap = false; return; }
    const at = document.activeElement, home = at === document.body ? null : at?.closest("[id]"); // what has the focus may have no name of its own
    focused = home && { id: home.id, tag: at.tagName, n: [home, ...all("*", home)].indexOf(at) };
    if (!e.detail.shouldSwap || !e.detail.target.matches("#rows, #timeline")) return;
    e.detail.shouldSwap = false;
    freshen(e.detail.serverResponse);
    refocus();
    document.dispatchEvent(new Event("fresh"));
  });
  document.addEventListener("htmx:afterSwap", refocus);

  // Forms are sent by the browser: htmx, listening to presses in each, would have a screen reader call their words clickable.
  for (const f of document.forms) if (!f.querySelector("[hx-post]")) f.setAttribute("hx-disable", "");

  // What was done is the first that is heard of a page. Later its name is its own again.
  const told = one("#said")?.textContent;
  if (told && document.title.startsWith(told)) setTimeout(() => { document.title = document.title.slice(told.length + " · ".length); }, 10000);

  // Who has signed out leaves nothing that he typed.
  if (document.body.dataset.at === "signed-out") sessionStorage.clear();

  // What has no draft at the desk (drafts.js) outlives a reload in its tab, and goes when it was done; so does what the tab has of a draft that was sent.
  const work = one("form[data-draft]");
  const key = (name) => `draft:${work.dataset.draft}:${name}`;
  const done = new URLSearchParams(location.search).get("said") || work?.dataset.done;
  const [was, of] = JSON.parse(sessionStorage.getItem("sent") || "[]");
  sessionStorage.removeItem("sent");
  if (was && done === ({ start: "started" }[of] || of)) sessionStorage.removeItem(was);
  if (work) {
    for (const name of { relate: ["other_at", "other_why"], same: ["person", "person_why"] }[done] || []) sessionStorage.removeItem(key(name));
    const elsewhere = { merge: /:into_(at|why)$/, split: /:split_why$/ }[done]; // this page is the other one
    if (elsewhere) for (const k of Object.keys(sessionStorage)) if (elsewhere.test(k)) sessionStorage.removeItem(k);
    for (const f of all("[data-keep]")) {
      const kept = sessionStorage.getItem(key(f.name));
      if (f.value) sessionStorage.setItem(key(f.name), f.value);
      if (!f.value && kept) { f.value = kept; const more = f.closest("details"); if (more) more.open = true; }
      f.addEventListener("input", () => f.value ? sessionStorage.setItem(key(f.name), f.value) : sessionStorage.removeItem(key(f.name)));
    }
    if (done || location.search.includes("left=")) history.replaceState(null, "", location.pathname + (location.search.includes("history=all") ? "?history=all" : ""));
  }

  // Who closes the page, or turns to another, is seen to go. Who comes back says so with the next question, by another name: the old one speaks no more, so that what it asked
  // before it went, and what the desk hears only afterwards, does not show somebody who is not there.
  let here = true, times = 0, mine = work?.dataset.page;
  const goes = (from, page) => {
    const token = one("input[name=token]")?.value;
    if (token) navigator.sendBeacon(from, new URLSearchParams({ token, page }));
  };
  const leaves = () => {
    if (!work?.dataset.leave || !here) return;
    here = false;
    goes(work.dataset.leave, mine);
    sessionStorage.setItem("left", JSON.stringify([work.dataset.leave, mine]));
  };
  const returns = () => {
    if (!work || here) return;
    here = true;
    mine = `${work.dataset.page}-${++times}`;
  };
  document.addEventListener("visibilitychange", () => document.hidden ? leaves() : returns());
  window.addEventListener("pagehide", leaves);
  window.addEventListener("pageshow", returns);
  // A browser may drop what a page says while it goes: the next one in its place says it once more.
  const gone = JSON.parse(sessionStorage.getItem("left") || "null");
  if (gone) { sessionStorage.removeItem("left"); goes(...gone); }
  document.addEventListener("submit", (e) => { if (e.target.getAttribute("action") === "/console/sign-out") leaves(); }); // afterwards nobody would believe it

  // Files of an answer go from here straight to the store, which takes only what was announced, and the answer names them.
  const attach = one("#attach");
  if (work && attach && window.crypto?.subtle) {
    const list = one("#attached"), said = one("#attach-said"), picker = one("#files"), send = one("#do-reply");
    const { at, most, bytes } = attach.dataset;
    const chosen = () => all("li", list);
    const keep = () => list.dispatchEvent(new Event("change", { bubbles: true })); // a draft has them, too
    const make = (tag, set) => Object.assign(document.createElement(tag), set);
    const add = ([value, name, size, words]) => {
      if (all("input", list).some((i) => i.value === value)) return;
      const li = make("li");
      li.dataset.size = size;
      const hidden = make("input", { type: "hidden", name: "attachment", value });
      hidden.setAttribute("form", "work");
      li.append(hidden, make("bdi", { textContent: name }), " ", make("span", { className: "soft", textContent: words }), " ", make("button", { type: "button", className: "quiet", textContent: t("Remove") }));
      list.append(li);
    };
    const hex = (buffer) => [...new Uint8Array(buffer)].map((b) => b.toString(16).padStart(2, "0")).join("");
    const upload = async (file) => {
      const ending = file.name.slice(file.name.lastIndexOf(".")).toLowerCase();
      const total = chosen().reduce((sum, li) => sum + Number(li.dataset.size), file.size);
      if (!picker.accept.split(",").includes(ending)) throw new Error(t("files of this kind are not attached"));
      if (chosen().length >= most) throw new Error(t("an answer carries %s files at most", most));
      if (total > bytes) throw new Error(t("the files would be too large together"));
      const content = await file.arrayBuffer();
      const sha256 = hex(await crypto.subtle.digest("SHA-256", content));
      const asked = await fetch(at, { method: "POST", body: new URLSearchParams({ token: work.elements.token.value, brand: work.elements.brand?.value || "", name: file.name, size: file.size, sha256 }) });
      const to = await asked.json().catch(() => ({ detail: asked.status === 401 ? t("you are signed out: sign in in another tab, then choose the file again") : t("this page is too old: look again") }));
      if (!asked.ok) throw new Error(to.detail);
      const headers = Object.fromEntries(Object.entries(to.headers).filter(([name]) => name.toLowerCase() !== "content-length"));
      const taken = await fetch(to.url, { method: to.method, headers, body: content, credentials: "omit", referrerPolicy: "no-referrer" });
      if (!taken.ok) throw new Error(t("the store did not take it"));
      add([to.value, to.name, file.size, to.words]);
      keep();
    };
    let last = Promise.resolve(), waiting = 0;
    const take = (file) => {
      waiting++;
      send.disabled = true;
      last = last.then(() => { said.textContent = t("Uploading %s …", file.name); return upload(file); }).then(() => { said.textContent = t("%s is attached.", file.name); }, (e) => {
        said.textContent = t("%s is not attached: %s.", file.name, e instanceof TypeError ? t("the store cannot be reached") : e.message).replace("..", ".");
      }).then(() => { if (--waiting === 0) send.disabled = false; });
    };
    picker.addEventListener("change", () => { [...picker.files].forEach(take); picker.value = ""; });
    list.addEventListener("click", (e) => { const li = e.target.closest("button")?.closest("li"); if (li) { said.textContent = t("%s is removed.", li.querySelector("bdi").textContent); li.remove(); keep(); picker.focus(); } });
    list.addEventListener("attach", (e) => e.detail.forEach((value) => {
      const [, size, ...name] = value.split("/");
      add([value, name.join("/"), size, `${Math.ceil(size / 1000)} kB`]);
      attach.open = true;
    }));
    if (chosen().length) attach.open = true;
    attach.hidden = false;
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

  // Choosing several.
  const bar = one("#bulk-bar");
  const chosen = () => {
    const n = all("[form=bulk]:checked").length;
    bar.querySelector("[data-chosen]").textContent = n ? String(n) : "";
    bar.hidden = !n;
    if (n) bar.open = true;
  };
  if (bar) { document.addEventListener("change", (e) => { if (e.target.matches("[form=bulk]")) chosen(); }); chosen(); }

  // Keys.
  const help = one("#help"), letters = one("#letters");
  const letterless = () => localStorage.getItem("letters") === "off"; // who speaks to his browser, or whose screen reader types through, has the palette
  if (letters) {
    letters.checked = !letterless();
    letters.addEventListener("change", () => letters.checked ? localStorage.removeItem("letters") : localStorage.setItem("letters", "off"));
  }
  const show = () => { if (help && !help.open) { help.showModal(); help.querySelector("[type=submit]").focus(); } };
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
  const press = (selector) => { const b = one(selector); if (b?.offsetParent) b.click(); }; // and nothing that is folded away
  const keys = {
    j: () => move(1), k: () => move(-1), c: () => press("[data-key=c]"), e: () => press("[data-key=e]"), r: () => reveal("", "text"),
    x: () => document.activeElement?.closest(".row")?.querySelector("[form=bulk]")?.click(),
    m: () => one("#macro")?.focus(), u: () => press("[data-key=u]"), a: () => press("[data-key=a]"), t: () => reveal("more-tags", "tags"), p: () => reveal("more-card", "card_name"),
    n: () => reveal("more-note", "note"), h: () => reveal("more-assign", "to"), s: () => { reveal("more-snooze", "until"); one("#more-snooze button")?.focus(); },
    "/": () => one("#q") ? one("#q").focus() : location.assign("/console/search"),
    q: () => { location.href = "/console"; }, "?": show,
  };

  // The palette: all that the page offers, by its name. It does nothing of its own: it presses what is there.
  const palette = one("#palette");
  const offers = () => {
    const words = (e) => (e.getAttribute("aria-label") || e.textContent).replace(/\s+/g, " ").trim();
    const there = (e) => !e.closest("dialog, [hidden], .skip") && !e.disabled && words(e) && (e.checkVisibility?.() || e.closest(".rest"));
    const unfold = (e) => { const more = e.parentElement; more.open = true; (more.querySelector("textarea, input:not([type=hidden]), select, button") || e).focus(); };
    const itself = (name) => name;
    const kinds = [["#work button, .acts button, footer button", itself, (e) => e.click()], [".more > summary, .correct summary", itself, unfold], [".row .open", (name) => t("Open %s", name), (e) => e.click()], [".bar nav a, .tabs a, .pages a", (name) => t("Go to %s", name), (e) => e.click()]];
    const seen = new Set();
    return kinds.flatMap(([selector, named, run]) => all(selector).filter(there).map((e) => ({ words: named(words(e)), run: () => run(e) })))
      .filter((o) => !seen.has(o.words) && seen.add(o.words));
  };
  if (palette) {
    const input = palette.querySelector("input"), list = palette.querySelector("ul");
    let shown = [], at = 0, whole = [], pressed = false;
    const draw = () => {
      const asked = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      shown = whole.filter((o) => asked.every((w) => o.words.toLowerCase().includes(w))).slice(0, 12);
      list.replaceChildren(...shown.map((o) => o.li));
      whole.forEach((o) => o.li.setAttribute("aria-selected", String(o === shown[at])));
      shown[at] ? input.setAttribute("aria-activedescendant", shown[at].li.id) : input.removeAttribute("aria-activedescendant");
      palette.querySelector("p").textContent = shown.length ? "" : t("Nothing of this name is on the page.");
    };
    const choose = (o) => { if (o) { palette.close(); o.run(); } };
    const listed = (o, i) => {
      const li = Object.assign(document.createElement("li"), { id: `offer-${i}`, textContent: o.words });
      li.setAttribute("role", "option");
      li.addEventListener("click", () => choose(o));
      return { ...o, li };
    };
    input.addEventListener("input", () => { at = 0; draw(); });
    input.addEventListener("keydown", (e) => {
      const by = { ArrowDown: 1, ArrowUp: -1 }[e.key];
      if (by) { e.preventDefault(); at = at < 0 ? (by > 0 ? 0 : shown.length - 1) : (at + by + shown.length) % Math.max(1, shown.length); draw(); }
      if (e.key === "Enter") { e.preventDefault(); pressed = true; }
      e.stopPropagation();
    });
    input.addEventListener("keyup", (e) => { if (e.key === "Enter" && pressed) choose(shown[at]); }); // when the key is up: what has the focus next must not take it
    palette.offer = () => { if (palette.open || help?.open) return; whole = offers().map(listed); input.value = ""; at = -1; pressed = false; /* nothing is chosen: the field is what is heard */ palette.showModal(); draw(); };
  }
  document.addEventListener("keydown", (e) => {
    if ((e.ctrlKey || e.metaKey) && !e.shiftKey && !e.altKey && e.key.toLowerCase() === "k" && palette) {
      e.preventDefault();
      palette.offer();
      return;
    }
    const typing = e.target.closest("textarea, input:not([type=checkbox]), select, [contenteditable]");
    if ((e.ctrlKey || e.metaKey) && e.key === "Enter" && e.target.dataset?.send) {
      e.preventDefault();
      document.getElementById(e.shiftKey && e.target.dataset.next || e.target.dataset.send)?.click();
      return;
    }
    if (e.key === "Enter" && e.target.dataset?.send && e.target.matches("select, input")) {
      e.preventDefault();
      document.getElementById(e.target.dataset.send)?.click();
      return;
    }
    if (e.key === "Escape" && typing) { typing.blur(); return; }
    if (typing || e.ctrlKey || e.metaKey || e.altKey || help?.open || palette?.open || !keys[e.key] || letterless()) return;
    e.preventDefault();
    keys[e.key]();
  });

  // The worker shows pushes, and a page where there is no connection.
  const worker = "serviceWorker" in navigator && one(".bar") ? navigator.serviceWorker.register("/console/worker.js", { scope: "/console", updateViaCache: "none" }) : null;
  worker?.catch(() => {}); // without it all else works

  // Pushes to this device: asked for by a press alone.
  const device = one("#device");
  if (device) {
    const said = one("#device-said"), on = one("#device-on"), form = one("#device-form");
    const lost = () => { said.textContent = t("This browser has lost its subscription: turn it on anew."); };
    if (!worker || !("PushManager" in window) || !("Notification" in window)) {
      said.textContent = t("This browser takes no pushes. On an iPhone or iPad, put the console on the home screen and open it from there.");
    } else {
      on.hidden = false;
      if (device.dataset.on) worker.then((w) => w.pushManager.getSubscription()).then((s) => { if (!s) lost(); }).catch(lost);
      on.addEventListener("click", async () => {
        on.disabled = true;
        try {
          if (await Notification.requestPermission() !== "granted") { said.textContent = t("This browser does not let the desk show notices: allow it in the settings of this site."); return; }
          const ready = await navigator.serviceWorker.ready;
          await (await ready.pushManager.getSubscription())?.unsubscribe(); // it may be under another key
          const s = (await ready.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: device.dataset.key })).toJSON();
          form.elements.endpoint.value = s.endpoint;
          form.elements.p256dh.value = s.keys.p256dh;
          form.elements.auth.value = s.keys.auth;
          form.requestSubmit();
        } catch { said.textContent = t("This browser’s push service could not be reached: try again later."); } finally { on.disabled = false; }
      });
    }
  }

  one("[data-focus]")?.focus();
})();
