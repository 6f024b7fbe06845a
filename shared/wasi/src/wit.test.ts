import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { createWasi } from "./wasi.ts";

/** The WIT files of WASI that jco carries. */
const folder = new URL("../lib/wit/builtin/0.2.12/", import.meta.resolve("@bytecodealliance/jco"));

const camel = (name: string) => name.replace(/-([a-z0-9])/gi, (_, letter: string) => letter.toUpperCase());
const pascal = (name: string) => camel(name).replace(/^./, (letter) => letter.toUpperCase());

/** The packages of WASI that are offered. */
const packages = readdirSync(folder);

/** Interface -> its functions, resources and their methods, by the names they have in JS; read from WIT, with comments taken off. */
function declared(): Map<string, string[]> {
  const interfaces = new Map<string, string[]>();
  for (const name of packages) {
    const wit = readFileSync(new URL(`${name}/package.wit`, folder), "utf8").replaceAll(/\/\/.*$/gm, "");
    const [, pack, version] = /package ([\w:-]+)@([\d.]+);/.exec(wit) ?? [];
    for (const [, id = "", body = ""] of wit.matchAll(/^interface ([\w-]+) \{(.*?)^\}/gms)) {
      const names = membersOf(body);
      if (names.length > 0) interfaces.set(`${pack}/${id}@${version}`, names.sort());
    }
  }
  return interfaces;
}

function membersOf(body: string): string[] {
  const resources = [...body.matchAll(/resource ([\w-]+)(?:;| \{(.*?)^\s*\})/gms)];
  const outside = resources.reduce((rest, [whole]) => rest.replace(whole, ""), body);
  return [
    ...functionsOf(outside, ""),
    ...resources.flatMap(([, name = "", members = ""]) => [pascal(name), ...functionsOf(members, pascal(name))]),
  ];
}

const functionsOf = (text: string, resource: string) =>
  [...text.matchAll(/%?([\w-]+): (static )?func\(/g)].map(([, name = "", isStatic]) => {
    if (resource === "") return camel(name);
    return isStatic === undefined ? `${resource}.prototype.${camel(name)}` : `${resource}.${camel(name)}`;
  });

/** The same names, from the objects that a guest gets. */
function offered(): Map<string, string[]> {
  const { imports } = createWasi();
  return new Map(Object.entries(imports).map(([name, it]) => [name, Object.entries(it).flatMap(namesOf).sort()]));
}

const builtin = new Set(["length", "name", "prototype", "constructor"]);
const own = (it: object) => Object.getOwnPropertyNames(it).filter((name) => !builtin.has(name));

function namesOf([name, value]: [string, unknown]): string[] {
  if (typeof value !== "function" || !/^[A-Z]/.test(name)) return [name];
  const methods = own(value.prototype as object).map((method) => `${name}.prototype.${method}`);
  return [name, ...methods, ...own(value).map((method) => `${name}.${method}`)];
}

/** Exported by guests, not offered to them. */
const exportsOfGuests = ["wasi:cli/run@0.2.12", "wasi:http/incoming-handler@0.2.12"];

describe("what WASI offers", () => {
  const wit = declared();
  for (const name of exportsOfGuests) wit.delete(name);

  test("is every interface that its WIT files declare, and no other", () => {
    expect(fileURLToPath(folder)).toContain("wit");
    expect([...offered().keys()].sort()).toEqual([...wit.keys()].sort());
  });

  test.for([...wit])("has the functions and resources of %s, by name", ([name, names]) => {
    expect(offered().get(name)).toEqual(names);
  });
});
