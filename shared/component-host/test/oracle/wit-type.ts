/** Types of WIT as data: their text, and how many core values they flatten to. Written from the specification, apart from what it tests. */

export const primitives = [
  "bool",
  "u8",
  "s8",
  "u16",
  "s16",
  "u32",
  "s32",
  "u64",
  "s64",
  "f32",
  "f64",
  "char",
  "string",
] as const;
export type Primitive = (typeof primitives)[number];

export type WitType =
  | { readonly kind: Primitive }
  | { readonly kind: "list" | "option"; readonly of: WitType }
  | { readonly kind: "result"; readonly ok?: WitType | undefined; readonly err?: WitType | undefined }
  | { readonly kind: "tuple"; readonly of: readonly WitType[] }
  | { readonly kind: "record"; readonly fields: readonly Field[] }
  | { readonly kind: "variant"; readonly cases: readonly Case[] }
  | { readonly kind: "enum" | "flags"; readonly names: readonly string[] };

export type Field = { readonly name: string; readonly type: WitType };
export type Case = { readonly name: string; readonly type?: WitType | undefined };

export type WitFunction = { readonly params: readonly WitType[]; readonly result?: WitType | undefined };

/** Letters a-z as a name, so that every index has its own kebab-case word. */
export const word = (index: number): string =>
  (index < 26 ? "" : word(Math.floor(index / 26) - 1)) + String.fromCodePoint(97 + (index % 26));

/** The text of an interface with one function for each, named by `word`; records and the like are declared before. */
export function interfaceText(name: string, functions: readonly WitFunction[]): string {
  const declarations: string[] = [];
  const expression = (type: WitType): string => {
    const declare = (keyword: string, items: readonly string[]) => {
      const declared = `type-${word(declarations.length)}`;
      declarations.push(`${keyword} ${declared} { ${items.join(", ")} }`);
      return declared;
    };
    switch (type.kind) {
      case "list":
      case "option":
        return `${type.kind}<${expression(type.of)}>`;
      case "result":
        return resultText(type.ok && expression(type.ok), type.err && expression(type.err));
      case "tuple":
        return `tuple<${type.of.map(expression).join(", ")}>`;
      case "record":
        return declare(
          "record",
          type.fields.map((field) => `%${field.name}: ${expression(field.type)}`),
        );
      case "variant":
        return declare(
          "variant",
          type.cases.map((each) => `%${each.name}${each.type ? `(${expression(each.type)})` : ""}`),
        );
      case "enum":
      case "flags":
        return declare(
          type.kind,
          type.names.map((each) => `%${each}`),
        );
      default:
        return type.kind;
    }
  };
  const lines = functions.map(({ params, result }, i) => {
    const list = params.map((type, p) => `%${word(p)}: ${expression(type)}`).join(", ");
    return `%${word(i)}: func(${list})${result ? ` -> ${expression(result)}` : ""};`;
  });
  return `interface ${name} {\n${[...declarations, ...lines].join("\n")}\n}`;
}

function resultText(ok: string | undefined, err: string | undefined): string {
  if (err !== undefined) return `result<${ok ?? "_"}, ${err}>`;
  return ok === undefined ? "result" : `result<${ok}>`;
}

export type CoreType = "i32" | "i64" | "f32" | "f64";

/** https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md#flattening */
export function flatten(type: WitType): CoreType[] {
  switch (type.kind) {
    case "u64":
    case "s64":
      return ["i64"];
    case "f32":
    case "f64":
      return [type.kind];
    case "string":
    case "list":
      return ["i32", "i32"];
    case "tuple":
      return type.of.flatMap(flatten);
    case "record":
      return type.fields.flatMap((field) => flatten(field.type));
    case "option":
      return flattenCases([undefined, type.of]);
    case "result":
      return flattenCases([type.ok, type.err]);
    case "variant":
      return flattenCases(type.cases.map((each) => each.type));
    default:
      return ["i32"];
  }
}

function flattenCases(payloads: readonly (WitType | undefined)[]): CoreType[] {
  const joined: CoreType[] = [];
  for (const payload of payloads) {
    for (const [i, core] of (payload ? flatten(payload) : []).entries()) joined[i] = join(joined[i] ?? core, core);
  }
  return ["i32", ...joined];
}

function join(a: CoreType, b: CoreType): CoreType {
  if (a === b) return a;
  return (a === "i32" && b === "f32") || (a === "f32" && b === "i32") ? "i32" : "i64";
}
