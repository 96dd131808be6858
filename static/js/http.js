// Requests of our own modules. A locked session answers 423: the lock screen then covers the page.

export class Locked extends Error {}

export function csrf() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

// `background` requests (polling, drafts on a timer) do not count as somebody being there.
export async function send(url, { method = "POST", data = null, background = false } = {}) {
  const headers = { "X-Requested-With": "fetch", Accept: "application/json, text/html;q=0.9" };
  if (background) headers["X-Background"] = "1";
  if (method !== "GET") headers["X-CSRFToken"] = csrf();
  const body = data && !(data instanceof FormData) ? new URLSearchParams(data) : data;
  const reply = await fetch(url, { method, headers, body, credentials: "same-origin", cache: "no-store" });
  if (reply.status === 423) {
    document.dispatchEvent(new CustomEvent("mdmaat:server-locked"));
    throw new Locked("The session is locked.");
  }
  return reply;
}
