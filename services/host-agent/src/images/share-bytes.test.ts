import { expect, test } from "vitest";
import type { Images } from "./image.ts";
import { sharingBytes } from "./share-bytes.ts";

test("an image that is in use already is given as the same bytes", async () => {
  const signal = new AbortController().signal;
  const fresh: Images = { pull: async ({ image }) => ({ bytes: new Uint8Array([1]), digest: `sha256:${image}` }) };
  const images = sharingBytes(fresh);
  const pull = (image: string) => images.pull({ image, policy: "IMAGE_PULL_POLICY_ALWAYS", secret: undefined }, signal);
  const [one, again, other] = [await pull("a"), await pull("a"), await pull("b")];
  expect(again.bytes).toBe(one.bytes);
  expect(other.bytes).not.toBe(one.bytes);
});
