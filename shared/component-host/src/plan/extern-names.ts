import { malformed } from "./scope.ts";

const word = "(?:[a-z][a-z0-9]*|[A-Z][A-Z0-9]*)(?:-(?:[a-z0-9]+|[A-Z0-9]+))*";
const plainName = new RegExp(`^(?:${word}|\\[constructor\\]${word}|\\[(?:method|static)\\]${word}\\.${word})$`);
const interfaceName = new RegExp(`^${word}(?::${word})+(?:/${word})+(?:@[0-9A-Za-z.+-]+)?$`);

/** Refuses a name that is neither kebab-case, nor of a resource's function, nor of an interface. */
export function checkExternName(name: string, offset: number): void {
  if (plainName.test(name) || interfaceName.test(name)) return;
  throw malformed(`${JSON.stringify(name)} is not a name that an import or export can have`, offset);
}
