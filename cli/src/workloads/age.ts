/** How long ago, in at most two units: `45s`, `3m20s`, `2h`, `5d3h`. */
const units = [
  ["d", 86_400],
  ["h", 3_600],
  ["m", 60],
  ["s", 1],
] as const;

export function ageOf(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const first = units.findIndex(([, size]) => seconds >= size);
  const largest = units[first];
  if (largest === undefined) return "0s";
  const [unit, size] = largest;
  const count = Math.floor(seconds / size);
  const next = units[first + 1];
  // beyond a handful the smaller unit says nothing
  const rest = next === undefined || count >= 10 ? 0 : Math.floor((seconds % size) / next[1]);
  return `${count}${unit}${rest === 0 || next === undefined ? "" : `${rest}${next[0]}`}`;
}
