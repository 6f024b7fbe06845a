/**
 * Any text as a path, and back: for backends that keep things as files. Lower-case letters, digits, `_`, `-` and inner dots stay as they
 * are, all else is `%` and two hex digits for each byte of UTF-8: upper-case letters too, because some file systems do not tell them apart.
 * What is longer than a file name may be goes on in a folder whose name ends with `%`.
 */
const maxSegment = 200;

export function pathOfName(name: string): string {
  const encoded = [...Buffer.from(name, "utf8")].map((byte, i) => encodeByte(byte, i === 0)).join("");
  const segments = encoded.match(new RegExp(`(?:%..|.){1,${(maxSegment / 3) | 0}}`, "g")) ?? [""];
  return segments.join("%/");
}

function encodeByte(byte: number, isFirst: boolean): string {
  const character = String.fromCharCode(byte);
  const isPlain = isFirst ? /[a-z0-9_-]/.test(character) : /[a-z0-9_.-]/.test(character);
  return isPlain ? character : `%${byte.toString(16).padStart(2, "0")}`;
}

/** The name behind a path of `pathOfName`; undefined for any other path. */
export function nameOfPath(path: string): string | undefined {
  try {
    const name = decodeURIComponent(path.replaceAll("%/", ""));
    return pathOfName(name) === path ? name : undefined;
  } catch {
    // not UTF-8: not ours
    return undefined;
  }
}
