// Drafts: what is typed is kept at the desk while one types, for each device of the agent's. The tab keeps what the desk has not yet. Without this file they are kept by a press.
"use strict";
(() => {
  const work = document.querySelector("form[data-draft]");
  if (!work) return;
  const written = work.dataset.leave ? { // at a conversation; else a letter
    reply: ["text", "cc", "cc_more", "attachment", "then", "at_local"], note: ["note"],
    forward: ["forward_to", "forward_text", "forward_message", "forward_file", "forward_address"], assign: ["handover", "to"],
  } : { start: ["to", "name", "title", "language", "text", "attachment", "then", "at_local"] };
  const pause = 2500, apart = 8000; // after the last key; between two writings, since each costs one

  const controls = (p) => [...work.elements].filter((e) => written[p.of].includes(e.name));
  const read = (p) => controls(p).filter((e) => e.type !== "checkbox" || e.checked).map((e) => [e.name, e.value]);
  const state = (p) => JSON.stringify(read(p));
  const key = (of) => `draft:${work.dataset.draft}:${of}`;
  const box = (p) => document.getElementById(`elsewhere-${p.of}`);
  const number = (p) => Number(p.version.value) || 0; // "new": its keeping is under way
  const files = document.getElementById("attached");

  const put = (p, fields) => {
    for (const e of controls(p)) {
      if (e.type === "checkbox") e.checked = fields.some(([name, value]) => name === e.name && value === e.value);
      else if (e.name !== "attachment") e.value = fields.find(([name]) => name === e.name)?.[1] ?? e.value;
      const more = e.closest("details");
      if (more && e.type !== "checkbox" && e.tagName !== "SELECT" && e.value) more.open = true;
    }
    if (written[p.of].includes("attachment")) files?.dispatchEvent(new CustomEvent("attach", { detail: fields.filter(([name]) => name === "attachment").map(([, value]) => value) }));
  };
  const clear = (p) => {
    for (const e of controls(p)) if (e.matches("textarea, input:not([type=checkbox], [type=hidden])")) e.value = "";
    if (written[p.of].includes("attachment")) files?.replaceChildren();
    document.getElementById("text")?.dispatchEvent(new Event("input", { bubbles: true })); // what counts it
  };
  const says = (words) => { const at = document.getElementById("kept"); if (at) at.textContent = words ?? at.dataset.not; };

  // Something else is kept than what stands here: the agent says which is right, and until then nothing is kept over it.
  const elsewhere = (p, is) => {
    p.stopped = true;
    clearTimeout(p.timer);
    says(""); // that it is kept is true no more
    const at = box(p);
    if (!at) return;
    at.querySelector("p").textContent = is.words;
    at.querySelector("[name=over]").value = `${p.of}:${is.version}`;
    at.querySelector(".acts").hidden = false;
    const more = at.closest("details");
    if (more) more.open = true;
  };

  const dirty = (p) => state(p) !== p.saved;
  const later = (p, wait) => { clearTimeout(p.timer); p.timer = setTimeout(() => save(p), wait); };
  const changed = (p) => {
    if (!dirty(p)) { sessionStorage.removeItem(key(p.of)); return; }
    sessionStorage.setItem(key(p.of), JSON.stringify({ base: p.version.value, fields: read(p) }));
    if (!p.stopped) later(p, Math.max(pause, p.last + apart - Date.now()));
  };
  const save = async (p, going) => {
    clearTimeout(p.timer);
    if (p.stopped || !dirty(p) || p.busy && !going) return;
    const sent = state(p), body = new URLSearchParams(read(p));
    for (const name of ["token", "key", "brand", "contact"]) if (work.elements[name]) body.set(name, work.elements[name].value);
    body.set("of", p.of);
    body.set("count", ++p.count);
    p.version.value ||= "new";
    body.set(p.version.name, p.version.value);
    p.busy = true;
    p.last = Date.now();
    try {
      const answer = await fetch(work.dataset.drafts, { method: "POST", body, keepalive: Boolean(going) && body.toString().length < 60000 });
      const is = answer.ok || answer.status === 409 ? await answer.json() : await answer.json().catch(() => null);
      if (answer.status === 409) elsewhere(p, is);
      if (answer.ok) {
        if (is.version >= number(p)) p.version.value = is.version || "";
        p.saved = sent;
        says(is.words || "");
      } else if (answer.status !== 409) {
        says(is?.words);
        if (answer.status > 428) later(p, 15000);
      }
    } catch { later(p, 15000); } // the tab has it meanwhile
    p.busy = false;
    if (!p.stopped && !dirty(p)) sessionStorage.removeItem(key(p.of));
    else if (p.saved === sent) changed(p);
  };

  const drafts = Object.keys(written).map((of) => ({ of, version: work.elements[`draft_${of}`], count: 0, last: 0 })).filter((p) => p.version);
  for (const p of drafts) {
    p.saved = state(p);
    const kept = work.dataset.posted ? null : JSON.parse(sessionStorage.getItem(key(p.of)) || "null"); // what was pressed has brought it all to the desk
    if (box(p)?.querySelector(".acts").hidden === false) { p.stopped = true; p.saved = ""; continue; }
    if (!kept || JSON.stringify(kept.fields) === p.saved) { sessionStorage.removeItem(key(p.of)); continue; }
    put(p, kept.fields);
    if (kept.base !== p.version.value) { p.version.value = kept.base; save(p); } // if something else is kept since, the desk says so
    else { p.version.value ||= "new"; changed(p); } // the page before this one may have had it kept while it went
  }
  for (const what of ["input", "change"]) {
    document.addEventListener(what, (e) => {
      if (e.target === files) drafts.filter((p) => written[p.of].includes("attachment")).forEach(changed);
      else if (e.target.form === work) drafts.filter((p) => written[p.of].includes(e.target.name)).forEach(changed);
    });
  }

  // Who goes has it kept; what is sent goes with what is pressed, and nothing of it is kept any more.
  let sending = false;
  document.addEventListener("submit", (e) => {
    if (e.defaultPrevented) return;
    if (e.target !== work) { if (e.target.method === "post") drafts.forEach((p) => save(p, true)); return; }
    sending = true;
    drafts.forEach((p) => clearTimeout(p.timer));
    const of = work.dataset.leave ? (e.submitter?.formAction || work.action).split("/").pop().split("?")[0] : "start";
    sessionStorage.setItem("sent", JSON.stringify([key(of), of]));
  });
  const goes = () => { if (!sending) drafts.forEach((p) => save(p, true)); };
  window.addEventListener("pagehide", goes);
  window.addEventListener("pageshow", () => { sending = false; });

  // Who comes back to a page, or sees that something happened, may have gone on on another.
  const look = async () => {
    const of = ["brand", "contact"].map((name) => [name, work.elements[name]?.value || ""]);
    const answer = await fetch(`${work.dataset.drafts}?${new URLSearchParams(of)}`).catch(() => null);
    if (!answer?.ok || sending) return;
    const all = await answer.json();
    for (const p of drafts) {
      const is = all[p.of];
      if (!is || p.busy || is.version <= number(p)) continue;
      if (dirty(p) || !is.gone) { elsewhere(p, is); continue; }
      clear(p);
      p.version.value = is.version;
      p.saved = state(p);
      says(is.words);
    }
  };
  document.addEventListener("visibilitychange", () => document.hidden ? goes() : look());
  document.addEventListener("fresh", () => { if (drafts.some((p) => p.version.value)) look(); });
})();
