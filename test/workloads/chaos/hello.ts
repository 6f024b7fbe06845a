/** Two versions of a component, told apart by what they answer. */
import { readFile } from "node:fs/promises";
import { buildGuest } from "@holdfast/guests";

/** What each answers: as long as the text of the guest, in whose memory it lies. */
export const helloTexts = { v1: "hello from component\n", v2: "hello from version 2\n" };
export type HelloVersion = keyof typeof helloTexts;

/** The guest `http-hello` with another text. */
export async function helloVersion(version: HelloVersion): Promise<Uint8Array> {
  const source = await readFile(new URL("../../../shared/guests/guests/http-hello.wat", import.meta.url), "utf8");
  const [, wit = ""] = /\(; wit\n(.*?);\)/s.exec(source) ?? [];
  const text = source.replace("hello from component\\n", helloTexts[version].replace("\n", "\\n"));
  return buildGuest(`hello-${version}`, { language: "core-wat", text, wit });
}
