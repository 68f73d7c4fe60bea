// The server's HTTP routes. Every failure becomes an Error whose message is fit to be shown.

const UNREACHABLE = "The server does not answer. Is mien serve still running?";
const ADDRESS = "This server asks for a token. Open the whole address that mien serve printed, with ?token=...";

const AWAY = [502, 503, 504]; // what a proxy says for a server that is not there

const unreachable = () => Object.assign(new Error(UNREACHABLE), { unreachable: true });

export async function getJson(path) {
  const response = await fetch(path, { cache: "no-store" }).catch(() => {
    throw unreachable();
  });
  const body = await response.json().catch(() => null);
  if (!response.ok) throw failure(response.status, body);
  return body;
}

export const remove = (path) => fetch(path, { method: "DELETE" }).catch(() => null);

/** Send a file; `onProgress(share)` tells how far the upload is. `signal` breaks it off. */
export function upload(path, file, { onProgress, signal } = {}) {
  const form = new FormData();
  form.append("file", file, file.name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch cannot tell how far an upload is
    request.open("POST", path);
    request.upload.onprogress = (event) => event.lengthComputable && onProgress?.(event.loaded / event.total);
    request.onerror = () => reject(unreachable());
    request.onabort = () => reject(new DOMException("Cancelled.", "AbortError"));
    request.onload = () => settle(request, resolve, reject);
    signal?.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

function settle(request, resolve, reject) {
  let body = null;
  try {
    body = JSON.parse(request.responseText);
  } catch {
    // not JSON: a proxy's page, say; the status has to speak
  }
  if (request.status >= 200 && request.status < 300 && body) resolve(body);
  else reject(failure(request.status, body));
}

function failure(status, body) {
  if (AWAY.includes(status)) return unreachable();
  const said = body?.error ?? (status === 401 ? ADDRESS : `The server answered with status ${status}.`);
  return Object.assign(new Error(said), { status });
}

/** A reason not to send this file at all, or null. */
export function tooLarge(file, limits) {
  const size = file.size / 1e6;
  if (size === 0) return `'${file.name}' is empty (0 bytes).`;
  if (!limits?.upload_mb || file.size <= limits.upload_mb * 2 ** 20) return null;
  return `'${file.name}' has ${size.toFixed(0)} MB; this server takes up to ${limits.upload_mb} MB.`;
}

export function query(path, values) {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) for (const one of [value].flat()) search.append(key, one);
  return `${path}?${search}`;
}
