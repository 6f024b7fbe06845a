/** What docs/workloads.md shows can be applied as it stands. */
import { readFile } from "node:fs/promises";
import { checkDocument, readDocuments } from "@holdfast/manifests";
import { expect, test } from "vitest";

test("every manifest of docs/workloads.md is accepted", async () => {
  const page = await readFile(new URL("../../docs/workloads.md", import.meta.url), "utf8");
  const blocks = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = ""]) => text);
  expect(blocks.length).toBeGreaterThan(0);
  for (const block of blocks) {
    const { documents, problems } = readDocuments(block, "docs/workloads.md");
    expect(problems).toEqual([]);
    for (const { value } of documents) expect(checkDocument(value)).toMatchObject([{ outcome: "manifest" }]);
  }
});
