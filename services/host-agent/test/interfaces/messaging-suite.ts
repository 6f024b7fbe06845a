/** What every messaging backend does. */
import { describe, expect, test } from "vitest";
import type { BrokerMessage, MessageBus } from "../../src/interfaces/messaging/bus.ts";

const text = (value: string) => new TextEncoder().encode(value);
const read = ({ body }: BrokerMessage) => Buffer.from(body).toString();

/** Runs the cases against a bus; `settled` resolves when what was published has arrived. */
export function describeMessageBus(
  name: string,
  make: () => Promise<{ bus: MessageBus; settled: () => Promise<void> }>,
): void {
  let count = 0;

  describe(`wasmcloud:messaging on ${name}`, () => {
    test("brings a message to all who subscribed to its subject, and to one of each queue group", async () => {
      const { bus, settled } = await make();
      const base = `bus-${count++}`;
      const heard: Record<string, string[]> = { group: [], other: [], elsewhere: [] };
      const listen = (pattern: string, group: string, list: string) =>
        bus.subscribe(pattern, group, (message) => void heard[list]?.push(`${message.subject} ${read(message)}`));
      listen(`${base}.>`, "group", "group");
      listen(`${base}.>`, "group", "group");
      listen(`${base}.*`, "other", "other");
      listen(`${base}.b`, "third", "elsewhere");
      await settled();
      for (const each of ["1", "2", "3"]) await bus.publish({ subject: `${base}.a`, body: text(each) });
      await settled();
      const expected = ["1", "2", "3"].map((each) => `${base}.a ${each}`);
      expect(heard).toEqual({ group: expected, other: expected, elsewhere: [] });
    });

    test("answers a request with the first reply", async () => {
      const { bus, settled } = await make();
      const subject = `bus-${count++}`;
      bus.subscribe(subject, "q", (message) => {
        void bus.publish({ subject: message.replyTo ?? "", body: text(`re: ${read(message)}`) });
      });
      await settled();
      expect(read(await bus.request(subject, text("hello"), 1_000))).toBe("re: hello");
    });

    test("says when nobody listens, and when nobody answers", async () => {
      const { bus, settled } = await make();
      const subject = `bus-${count++}`;
      await expect(bus.request(subject, text("x"), 1_000)).rejects.toThrow(`nobody listens on ${subject}`);
      bus.subscribe(subject, "q", () => {});
      await settled();
      await expect(bus.request(subject, text("x"), 20)).rejects.toThrow(`no answer on ${subject}`);
    });

    test("brings nothing after the subscription's end", async () => {
      const { bus, settled } = await make();
      const subject = `bus-${count++}`;
      const heard: string[] = [];
      const end = bus.subscribe(subject, "q", (message) => void heard.push(read(message)));
      await settled();
      await bus.publish({ subject, body: text("1") });
      await settled();
      end();
      await settled();
      await bus.publish({ subject, body: text("2") });
      await settled();
      expect(heard).toEqual(["1"]);
    });
  });
}
