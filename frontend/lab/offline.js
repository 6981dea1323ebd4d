// The Lab's service worker: keeps the Lab's files on the device, so that a page can be reloaded and
// another scenario opened without a network. The build fills in the two constants.
//
// Files with a hash in their names come from the cache; pages and data come from the network where
// it answers, so that a new version is seen at once.

const VERSION = '{version}';
const FILES = {files};

const PREFIX = 'lab ';
const CACHE = PREFIX + VERSION;
const PAGE = '/lab/';
// How long a page or data file may take before the stored one is used.
const NETWORK_TIMEOUT_MS = 4000;
const HASHED = /-[0-9a-f]{16}(_bg)?\.\w+$/;

self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(activate()));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  if (request.mode === 'navigate') event.respondWith(networkFirst(request, PAGE));
  else if (HASHED.test(url.pathname)) event.respondWith(cacheFirst(request));
  else if (FILES.includes(url.pathname)) event.respondWith(networkFirst(request, url.pathname));
});

async function install() {
  const cache = await caches.open(CACHE);
  // Asks the server whether the browser's own copy is still current.
  await cache.addAll(FILES.map((path) => new Request(path, { cache: 'no-cache' })));
  await self.skipWaiting();
}

async function activate() {
  const old = (name) => name.startsWith(PREFIX) && name !== CACHE;
  await Promise.all((await caches.keys()).filter(old).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function stored(path) {
  const cache = await caches.open(CACHE);
  return cache.match(path, { ignoreVary: true });
}

async function cacheFirst(request) {
  return (await stored(new URL(request.url).pathname)) ?? fetch(request);
}

async function networkFirst(request, path) {
  const answer = fetch(request);
  const late = new Promise((resolve) => setTimeout(resolve, NETWORK_TIMEOUT_MS));
  try {
    const response = await Promise.race([answer, late]);
    if (response && response.status < 500) return response;
  } catch {
    // No network.
  }
  return (await stored(path)) ?? answer;
}
