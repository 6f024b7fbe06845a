/** Selectors as kubectl has them: `a=b,c!=d,e in (f, g),h notin (i),j,!k`. All terms must hold. */

type Labels = Readonly<Record<string, string>>;
export type LabelSelector = (labels: Labels) => boolean;

const key = "[A-Za-z0-9](?:[A-Za-z0-9_./-]*[A-Za-z0-9])?";
const termPattern = new RegExp(
  `^(?:(?<not>!)?(?<present>${key})|(?<name>${key})\\s*(?<sign>==|=|!=)\\s*(?<value>[A-Za-z0-9_.-]*)|(?<listed>${key})\\s+(?<verb>in|notin)\\s*\\((?<values>[^()]*)\\))$`,
);

/** Terms between the commas that are not in parentheses. */
function termsOf(text: string): string[] {
  return text
    .split(/,(?![^()]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== "");
}

function termOf(text: string): LabelSelector | undefined {
  const groups = termPattern.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { not, present, name, sign, value = "", listed, verb, values = "" } = groups;
  if (present !== undefined) return (labels) => Object.hasOwn(labels, present) === (not === undefined);
  if (name !== undefined) return (labels) => (labels[name] === value) === (sign !== "!=");
  const wanted = new Set(values.split(",").map((each) => each.trim()));
  return (labels) => wanted.has(labels[listed ?? ""] ?? "\0") === (verb === "in");
}

/** What a selector asks for; the term that cannot be read when there is one. */
export function parseLabelSelector(text: string): LabelSelector | { readonly unreadable: string } {
  const terms: LabelSelector[] = [];
  for (const each of termsOf(text)) {
    const term = termOf(each);
    if (term === undefined) return { unreadable: each };
    terms.push(term);
  }
  return (labels) => terms.every((term) => term(labels));
}
