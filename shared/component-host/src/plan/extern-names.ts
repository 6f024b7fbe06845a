import { malformed } from "./scope.ts";

// each part can be read in one way only, or a long name that is none could be tried in 2^n ways
const part = "[0-9]*(?:[a-z][a-z0-9]*|[A-Z][A-Z0-9]*)|[0-9]+";
const word = `(?:[a-z][a-z0-9]*|[A-Z][A-Z0-9]*)(?:-(?:${part}))*`;
const kebabCase = new RegExp(`^${word}$`);
const plainName = new RegExp(`^(?:${word}|\\[constructor\\]${word}|\\[(?:method|static)\\]${word}\\.${word})$`);
const interfaceName = new RegExp(`^${word}(?::${word})+(?:/${word})+(?:@[0-9A-Za-z.+-]+)?$`);

/** Of labels, fields and cases; also keeps names such as `__proto__` away from the objects that records become. */
export const isKebabCase = (name: string): boolean => kebabCase.test(name);

/** Refuses a name that is neither kebab-case, nor of a resource's function, nor of an interface. */
export function checkExternName(name: string, offset: number): void {
  if (plainName.test(name) || interfaceName.test(name)) return;
  throw malformed(`${JSON.stringify(name)} is not a name that an import or export can have`, offset);
}
