/** Counts the visits of each path in a key-value bucket. */
import { increment } from "wasi:keyvalue/atomics@0.2.0-draft";
import { open } from "wasi:keyvalue/store@0.2.0-draft";

declare const self: ServiceWorkerGlobalScope;

self.addEventListener("fetch", (event) => event.respondWith(answer(event.request)));

function answer(request: Request): Response {
  const { pathname } = new URL(request.url);
  // atomic: also when many replicas count at once
  const visits = increment(open("default"), keyOf(pathname), 1n);
  return new Response(`${pathname} was visited ${visits} times\n`);
}

/** Keys of NATS key-value buckets are made of letters, digits and a few signs; a path may hold others. */
function keyOf(path: string): string {
  return `visits${path.replaceAll(/[^A-Za-z0-9/_=-]/g, "_").replace(/\/$/, "/index")}`;
}
