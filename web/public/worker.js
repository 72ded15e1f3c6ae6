// The service worker of browsers that may keep whole conversations: without a network, Grimoire still opens.
// It keeps the program only; what people wrote is in IndexedDB, and /api/ and /ws/ pass it by.
const CACHE = "grimoire";
const PAGE = "/";

addEventListener("install", (event) => event.waitUntil(skipWaiting()));
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin || pathname.startsWith("/api/")) return;
  if (pathname.startsWith("/assets/")) event.respondWith(kept(request));
  else if (request.mode === "navigate") event.respondWith(fresh(request));
});

/** A built file never changes under its name. */
async function kept(request) {
  const cache = await caches.open(CACHE);
  const known = await cache.match(request);
  if (known) return known;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}

/** Every address is the same page; the one that was kept is shown only when the server cannot be reached. */
async function fresh(request) {
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request);
    const page = answer.ok && answer.headers.get("Content-Type")?.startsWith("text/html");
    if (page) await cache.put(PAGE, answer.clone());
    return answer;
  } catch (away) {
    const known = await cache.match(PAGE);
    if (known) return known;
    throw away;
  }
}
