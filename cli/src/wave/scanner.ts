/** Reads the tokens of a WAVE text. */

/** The text is no value of the type. */
export class WaveError extends Error {
  override readonly name = "WaveError";
}

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "\\": "\\", "'": "'", '"': '"' };
const maxDepth = 256;

export class Scanner {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** For throwing: what is wrong, and where. */
  error(message: string): WaveError {
    const near = this.#text.slice(this.#at, this.#at + 20);
    return new WaveError(`${message}, at ${near === "" ? "the end" : `"${near}"`} (position ${this.#at + 1})`);
  }

  /** What the pattern (sticky) matches here; blanks and comments before it are passed over. */
  match(pattern: RegExp, expected: string): string {
    const found = this.#tryMatch(pattern);
    if (found === undefined) throw this.error(`expected ${expected}`);
    return found;
  }

  take(sign: string): boolean {
    this.#skip();
    if (!this.#text.startsWith(sign, this.#at)) return false;
    this.#at += sign.length;
    return true;
  }

  expect(sign: string): void {
    if (!this.take(sign)) throw this.error(`expected ${sign}`);
  }

  /** Takes the word if it stands here alone. */
  keyword(word: string): boolean {
    return this.#tryMatch(new RegExp(`${word}(?![\\w-])`, "y")) !== undefined;
  }

  word<W extends string>(words: readonly W[], expected: string): W {
    const found = words.find((word) => this.keyword(word));
    if (found === undefined) throw this.error(`expected ${expected}`);
    return found;
  }

  /** A label; `%` before it says that it is no keyword. */
  name(expected: string): string {
    return this.match(/%?[a-zA-Z][a-zA-Z0-9-]*/y, expected).replace("%", "");
  }

  /** What stands between two of these signs, one Unicode character between `'`. */
  quoted(sign: '"' | "'", expected: string): string {
    if (!this.take(sign)) throw this.error(`expected ${expected}`);
    let value = "";
    for (;;) {
      const character = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
      if (this.#at >= this.#text.length) throw this.error(`the closing ${sign} is missing`);
      this.#at += character.length;
      if (character === sign) break;
      value += character === "\\" ? this.#escape() : character;
    }
    if (sign === "'" && Array.from(value).length !== 1) throw this.error("a char is one character");
    return value;
  }

  #escape(): string {
    const [, code] = /^u\{([0-9a-fA-F]{1,6})\}/.exec(this.#text.slice(this.#at, this.#at + 10)) ?? [];
    if (code !== undefined) {
      const value = Number.parseInt(code, 16);
      if (value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) throw this.error(`\\u{${code}} is no character`);
      this.#at += code.length + 3;
      return String.fromCodePoint(value);
    }
    const found = escapes[this.#text.charAt(this.#at)];
    if (found === undefined) throw this.error("there is no such escape");
    this.#at += 1;
    return found;
  }

  /** Items between two signs, a comma between them and maybe after the last. */
  items<T>(open: string, close: string, item: () => T): T[] {
    this.expect(open);
    if (++this.#depth > maxDepth) throw this.error(`values are nested more than ${maxDepth} deep`);
    const found: T[] = [];
    while (!this.take(close)) {
      found.push(item());
      if (this.take(",")) continue;
      this.expect(close);
      break;
    }
    this.#depth -= 1;
    return found;
  }

  end(): void {
    this.#skip();
    if (this.#at < this.#text.length) throw this.error("there is more than one value");
  }

  #tryMatch(pattern: RegExp): string | undefined {
    this.#skip();
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #skip(): void {
    const blank = /(?:\s|\/\/[^\n]*)*/y;
    blank.lastIndex = this.#at;
    this.#at += blank.exec(this.#text)?.[0].length ?? 0;
  }
}
