/**
 * Pages of listings. They come over the connections for reading and are counted like chunks there: with keys of 1,024 bytes a page is as
 * large as ten of them, and the edge's calls must not end with a slow consumer.
 */
import { multipart, objectMetadata } from "@holdfast/contracts";
import { type Client, client } from "@holdfast/micro";
import type { NatsConnection } from "@nats-io/nats-core";
import type { Edge } from "./context.ts";
import { openReadWindow } from "./window.ts";

type Services = { readonly metadata: Client<typeof objectMetadata>; readonly multipart: Client<typeof multipart> };

/** The longest key and what is told beside it. */
const rowBytes = 1_280;

/** Asks for a page of up to `rows`. Rejects as `ask` does, and with SlowDown when there is no room for the answer. */
export async function askForPage<T>(edge: Edge, rows: number, ask: (services: Services) => Promise<T>): Promise<T> {
  const window = await openReadWindow(edge, rows * rowBytes);
  try {
    return await ask(servicesOver(window.nc));
  } finally {
    window.release();
  }
}

const known = new WeakMap<NatsConnection, Services>();

function servicesOver(nc: NatsConnection): Services {
  let services = known.get(nc);
  if (services === undefined) {
    services = { metadata: client(nc, objectMetadata), multipart: client(nc, multipart) };
    known.set(nc, services);
  }
  return services;
}
