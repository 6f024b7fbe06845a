/** The difference of two texts by lines, with what stands around it. */

export type DiffLine = { readonly sign: " " | "-" | "+"; readonly text: string };

/** Longest common subsequence: for manifests, some hundred lines at most. Beyond that all is told as replaced. */
const maxCells = 4_000_000;

export function lineDiff(before: string, after: string): DiffLine[] {
  const [a, b] = [before.split("\n"), after.split("\n")];
  if (a.length * b.length > maxCells) {
    return [...a.map((text) => ({ sign: "-" as const, text })), ...b.map((text) => ({ sign: "+" as const, text }))];
  }
  const common = commonLengths(a, b);
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i], b[j]];
    if (left !== undefined && left === right) {
      lines.push({ sign: " ", text: left });
      i++;
      j++;
    } else if (right === undefined || (left !== undefined && at(common, i + 1, j) >= at(common, i, j + 1))) {
      lines.push({ sign: "-", text: left ?? "" });
      i++;
    } else {
      lines.push({ sign: "+", text: right });
      j++;
    }
  }
  return lines;
}

type Lengths = readonly (readonly number[])[];
const at = (lengths: Lengths, i: number, j: number) => lengths[i]?.[j] ?? 0;

/** `[i][j]`: how many lines `a` from i and `b` from j have in common. */
function commonLengths(a: readonly string[], b: readonly string[]): Lengths {
  const rows: number[][] = Array.from({ length: a.length + 1 }, () => []);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const longest = a[i] === b[j] ? at(rows, i + 1, j + 1) + 1 : Math.max(at(rows, i + 1, j), at(rows, i, j + 1));
      const row = rows[i];
      if (row !== undefined) row[j] = longest;
    }
  }
  return rows;
}

/** Only the changed lines and up to `around` unchanged ones beside them; `...` where some were left out. */
export function hunks(lines: readonly DiffLine[], around = 2): string[] {
  const near = (index: number) =>
    lines.slice(Math.max(0, index - around), index + around + 1).some(({ sign }) => sign !== " ");
  const shown: string[] = [];
  for (const [index, { sign, text }] of lines.entries()) {
    if (near(index)) shown.push(`${sign} ${text}`);
    else if (shown.at(-1) !== "  ...") shown.push("  ...");
  }
  return shown;
}
