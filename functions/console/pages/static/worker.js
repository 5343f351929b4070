// The console's worker: it shows pushes, and a page of its own where there is no connection. It keeps our own files, by their version, and nothing that was read.
"use strict";
const SHELL = /*shell*/[];
const CACHE = "shell-/*version*/", OFFLINE = "/console/offline", ICON = "/*icon*/";

self.addEventListener("install", (e) => {
  // What is posted goes past us, where a browser knows how: a page that is closed says so while it goes, and has no time to wait until a worker is awake.
  e.addRoutes?.({ condition: { requestMethod: "POST" }, source: "network" }).catch(() => {});
  e.waitUntil(caches.open(CACHE).then((c) => c.addAll(SHELL)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (e) => {
  e.waitUntil(caches.keys().then((all) => Promise.all(all.filter((name) => name !== CACHE).map((name) => caches.delete(name)))).then(() => self.clients.claim()));
});
self.addEventListener("fetch", (e) => {
  const at = new URL(e.request.url);
  if (e.request.method !== "GET" || at.origin !== self.location.origin) return;
  if (e.request.mode === "navigate") e.respondWith(fetch(e.request).catch(() => caches.match(OFFLINE)));
  else if (at.pathname !== OFFLINE && SHELL.includes(at.pathname)) e.respondWith(caches.match(at.pathname).then((kept) => kept || fetch(e.request)));
});

// What a push names leads to our own pages, or nowhere.
const ours = (path, root) => typeof path === "string" && path.startsWith(root) && new URL(path, self.location.origin).origin === self.location.origin ? path : "";
const show = (n) => self.registration.showNotification(n.title, {
  body: n.body, tag: n.tag, lang: n.lang, renotify: !!n.tag, requireInteraction: true, icon: ICON, data: n, actions: n.have ? [{ action: "have", title: n.do }] : [],
});
self.addEventListener("push", (e) => {
  let n = {};
  try { n = e.data.json(); } catch { /* what cannot be read is shown all the same: the desk wants somebody */ }
  e.waitUntil(show({
    title: String(n.title || "Pronto"), body: String(n.body || ""), tag: String(n.tag || ""), lang: String(n.lang || "en"), do: String(n.do || ""),
    open: ours(n.open, "/console") || "/console", have: n.do ? ours(n.have, "/page/") : "",
  }));
});

// A tab that shows it already comes to the front; else one in which nobody answers anything goes there; else a new one opens.
const open = async (path) => {
  const there = (c) => new URL(c.url).pathname === path;
  const all = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const tab = all.find(there) || all.find((c) => /^\/console(\/(queue|search|on-call|devices))?$/.test(new URL(c.url).pathname));
  if (!tab) return self.clients.openWindow(path);
  await tab.focus();
  return there(tab) || tab.navigate(path).catch(() => self.clients.openWindow(path));
};
// "I have it" is said by the link that the push brought, which can claim this one conversation and nothing else. Where it cannot be said the notice comes back.
const have = async (n) => {
  try {
    const said = await fetch(n.have, { method: "POST", credentials: "omit", headers: { Accept: "application/json" } });
    const answer = await said.json();
    await show({ ...n, title: answer.title, body: answer.words, have: said.status >= 500 ? n.have : "" });
  } catch { await show(n); }
};
self.addEventListener("notificationclick", (e) => {
  const n = e.notification.data || { open: "/console" };
  e.notification.close();
  e.waitUntil(e.action === "have" && n.have ? have(n) : open(n.open));
});
