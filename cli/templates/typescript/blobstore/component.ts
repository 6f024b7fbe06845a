/** GET reads an object of the bucket `files`, PUT writes one: the same objects that S3 clients see. */
import { getContainer } from "wasi:blobstore/blobstore@0.2.0-draft";
import type { Container } from "wasi:blobstore/container@0.2.0-draft";
import { IncomingValue, OutgoingValue } from "wasi:blobstore/types@0.2.0-draft";

declare const self: ServiceWorkerGlobalScope;

self.addEventListener("fetch", (event) => event.respondWith(answer(event.request)));

async function answer(request: Request): Promise<Response> {
  const name = decodeURIComponent(new URL(request.url).pathname.slice(1));
  const files = getContainer("files");
  if (name === "") return new Response("which object? ask for /NAME\n", { status: 400 });
  if (request.method === "PUT") return write(files, name, new Uint8Array(await request.arrayBuffer()));
  if (!files.hasObject(name)) return new Response(`there is no ${name}\n`, { status: 404 });
  return new Response(read(files, name));
}

function read(files: Container, name: string): Uint8Array<ArrayBuffer> {
  const { size } = files.objectInfo(name);
  if (size === 0n) return new Uint8Array();
  // both ends are inclusive
  return new Uint8Array(IncomingValue.incomingValueConsumeSync(files.getData(name, 0n, size - 1n)));
}

/** What one `blockingWriteAndFlush` takes. */
const writeSize = 4_096;

function write(files: Container, name: string, bytes: Uint8Array): Response {
  const value = OutgoingValue.newOutgoingValue();
  const body = value.outgoingValueWriteBody();
  files.writeData(name, value);
  for (let start = 0; start < bytes.length; start += writeSize) {
    body.blockingWriteAndFlush(bytes.subarray(start, start + writeSize));
  }
  // the stream must be gone before the value is finished
  body[Symbol.dispose]();
  OutgoingValue.finish(value);
  return new Response(`${name}: ${bytes.length} bytes\n`, { status: 201 });
}
