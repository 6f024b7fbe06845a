/** Answers HTTP requests. */
declare const self: ServiceWorkerGlobalScope;

self.addEventListener("fetch", (event) => event.respondWith(answer(event.request)));

function answer(request: Request): Response {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname !== "/") return new Response("not found\n", { status: 404 });
  return new Response(`Hello, ${searchParams.get("name") ?? "world"}!\n`);
}
