import { describe, expect, test } from "vitest";
import { headerOf, type Response, ResponseParser } from "./response-parser.ts";

const get = { bodiless: false, keepBody: true };

/** Pushes the text in pieces of so many bytes. */
function parse(text: string, step: number, expected = get): Response | undefined {
  const parser = new ResponseParser();
  parser.expect(expected);
  const all = Buffer.from(text, "latin1");
  let response: Response | undefined;
  for (let at = 0; at < all.length; at += step) response = parser.push(all.subarray(at, at + step));
  return response ?? parser.end();
}

const answers = [
  ["a length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", true],
  ["no body", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", 200, "", true],
  ["204", "HTTP/1.1 204 No Content\r\n\r\n", 204, "", true],
  [
    "chunks",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=1\r\nhello\r\n6\r\n world\r\n0\r\nx-t: 1\r\n\r\n",
    200,
    "hello world",
    true,
  ],
  ["an interim answer", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", 200, "ok", true],
  ["Connection: close", "HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 4\r\n\r\nslow", 503, "slow", false],
  ["an end by the connection", "HTTP/1.1 200 OK\r\n\r\nuntil the end", 200, "until the end", false],
  ["HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok", false],
] as const;

describe("ResponseParser", () => {
  test.for(answers)("takes %s, however the bytes are split", ([, text, status, body, keepsAlive]) => {
    for (let step = 1; step <= text.length; step++) {
      const response = parse(text, step);
      expect(response, `in pieces of ${step}`).toMatchObject({ status, bytes: body.length, keepsAlive });
      expect(response?.body?.toString() ?? "").toBe(body);
    }
  });

  test("knows that the answer to a HEAD has no body", () => {
    const response = parse("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", 7, { bodiless: true, keepBody: false });
    expect(response).toMatchObject({ status: 200, bytes: 0 });
  });

  test("counts and drops a body that nobody asked for, but keeps what an error says", () => {
    const dropped = { bodiless: false, keepBody: false };
    expect(parse(answers[0][1], 9, dropped)).toMatchObject({ bytes: 5, body: undefined });
    expect(parse(answers[5][1], 9, dropped)?.body?.toString()).toBe("slow");
  });

  test.for([
    ["an answer that is cut off", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", /middle of the answer/],
    ["a connection that ends before the answer", "HTTP/1.1 2", /before the answer/],
    ["something else than HTTP", "SSH-2.0-OpenSSH\r\n\r\n", /not an HTTP\/1.1 answer/],
    ["more than the answer", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokay", /more than the answer/],
    ["a chunk without a size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", /size of a chunk/],
  ] as const)("throws on %s", ([, text, problem]) => {
    expect(() => parse(text, text.length)).toThrow(problem);
  });
});

test("headerOf finds a header by its name, whatever its letters", () => {
  const head = 'HTTP/1.1 200 OK\r\nETag:  "x"\r\nx-etag: no\r\nLast: y';
  expect(headerOf(head, "etag")).toBe('"x"');
  expect(headerOf(head, "last")).toBe("y");
  expect(headerOf(head, "absent")).toBeUndefined();
});
