/** A request's query: percent-decoded strictly, `+` read as a space (as S3 does in a query, unlike in a path). */
import { s3Error } from "../errors.ts";
import { percentDecode } from "./percent.ts";

export type QueryParameter = {
  readonly name: string;
  readonly value: string;
  /** False for `?acl`, true for `?acl=`. */
  readonly hasValue: boolean;
};

/** Names are compared exactly, as S3 does. */
export class Query {
  readonly parameters: readonly QueryParameter[];
  /** By name, as a query may hold thousands: its value, and whether it was given with another one too. */
  readonly #byName = new Map<string, { readonly value: string; isAmbiguous: boolean }>();

  constructor(parameters: readonly QueryParameter[]) {
    this.parameters = parameters;
    for (const { name, value } of parameters) {
      const earlier = this.#byName.get(name);
      if (earlier === undefined) this.#byName.set(name, { value, isAmbiguous: false });
      else if (earlier.value !== value) earlier.isAmbiguous = true;
    }
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** The value (empty for `?name`), or undefined. Throws InvalidArgument when it is given twice with different values. */
  get(name: string): string | undefined {
    const found = this.#byName.get(name);
    if (found?.isAmbiguous) {
      // Two values: the signer, a proxy and we could each mean another one.
      throw s3Error("InvalidArgument", {
        message: "A query parameter was given more than once",
        fields: {
          ArgumentName: name,
          ArgumentValue: this.parameters.findLast((given) => given.name === name)?.value ?? "",
        },
      });
    }
    return found?.value;
  }
}

/** Parses what follows the `?`, as on the wire. Throws InvalidURI for broken escapes and bytes that are not UTF-8. */
export function parseQuery(rawQuery: string): Query {
  const parameters: QueryParameter[] = [];
  for (const part of rawQuery.split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    const rawName = equals === -1 ? part : part.slice(0, equals);
    const rawValue = equals === -1 ? "" : part.slice(equals + 1);
    parameters.push({
      name: percentDecode(rawName, { plusIsSpace: true }),
      value: percentDecode(rawValue, { plusIsSpace: true }),
      hasValue: equals !== -1,
    });
  }
  return new Query(parameters);
}
