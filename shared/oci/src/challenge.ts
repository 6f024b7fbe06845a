/** What a registry asks for in WWW-Authenticate: RFC 9110, 11.6.1, and https://distribution.github.io/distribution/spec/auth/token/. */

export type Challenge = { readonly scheme: string; readonly parameters: Readonly<Record<string, string>> };

const token = /[!#$%&'*+.^_`|~\w-]+/y;
const parameter = /([!#$%&'*+.^_`|~\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+.^_`|~\w/:=-]+))/y;
const maxHeaderLength = 8_192;

/** The challenges of one header, schemes and parameter names in lower case; what cannot be read ends the list. */
export function parseChallenges(header: string): Challenge[] {
  const text = header.slice(0, maxHeaderLength);
  const challenges: Challenge[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text) ?? undefined;
    if (found) at += found[0].length;
    return found;
  };
  const skip = (pattern: RegExp) => void match(pattern);
  for (;;) {
    skip(/[\s,]*/y);
    const scheme = match(token)?.[0];
    if (scheme === undefined) return challenges;
    const parameters: Record<string, string> = {};
    skip(/\s*/y);
    for (let pair = match(parameter); pair !== undefined; pair = match(parameter)) {
      const [, name = "", quoted, plain = ""] = pair;
      parameters[name.toLowerCase()] = quoted?.replaceAll(/\\(.)/g, "$1") ?? plain;
      skip(/\s*,?\s*/y);
    }
    challenges.push({ scheme: scheme.toLowerCase(), parameters });
  }
}
