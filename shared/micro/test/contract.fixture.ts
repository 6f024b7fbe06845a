/** A contract with one endpoint for each way a call can go. */
import { z } from "zod";
import { endpoint, service } from "../src/contract.ts";

export const library = service({
  name: "library",
  version: "1.2.3",
  description: "A service for tests",
  subject: "library.v1",
  endpoints: {
    Lend: endpoint({
      summary: "Lend a book",
      input: z.object({ title: z.string().min(1), days: z.int().default(14) }),
      output: z.object({ title: z.string(), days: z.int() }),
      errors: { NoSuchBook: { status: 404 }, SlowDown: { status: 503, retryable: true } },
      idempotent: true,
      timeoutMs: 3_000,
    }),
    Sell: endpoint({
      summary: "Sell a book, once",
      input: z.object({ title: z.string() }),
      output: z.object({ sold: z.int() }),
      errors: { NoSuchBook: { status: 404 }, SlowDown: { status: 503, retryable: true } },
      idempotent: false,
      timeoutMs: 500,
    }),
    Scan: endpoint({
      summary: "Keep a book's pages",
      input: z.object({ title: z.string() }),
      output: z.object({ title: z.string(), pages: z.int() }),
      idempotent: true,
      rawBody: "both",
    }),
  },
});
