/** At most so many bytes of UTF-8 of a text, whole characters, with a word about what is missing. */
export function cut(text: string, maxBytes: number): string {
  // no character takes more than three bytes per unit of UTF-16
  if (text.length * 3 <= maxBytes) return text;
  const bytes = Buffer.from(text, "utf8");
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes;
  while (isContinuation(bytes[end])) end--;
  return `${bytes.subarray(0, end).toString("utf8")}... (${bytes.length - end} bytes more)`;
}

const isContinuation = (byte = 0) => (byte & 0xc0) === 0x80;
