/** Tables as aligned Markdown: the same text serves a terminal and a page, and is as the formatter wants it. */
import type { Cell, Check, SectionResult, Table } from "./result.ts";

export function tableText({ title, columns, rows }: Table): string {
  const cells = [columns, ...rows.map((row) => row.map(cellText))];
  const widths = columns.map((_, i) => Math.max(3, ...cells.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) => `| ${widths.map((width, i) => pad(row[i] ?? "", width, i)).join(" | ")} |`;
  const [head = [], ...body] = cells;
  const rule = `| ${widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [`**${title}**`, "", line(head), rule, ...body.map((row) => line(row))].join("\n");
}

const pad = (text: string, width: number, column: number) => (column === 0 ? text.padEnd(width) : text.padStart(width));

export function cellText(cell: Cell): string {
  if (typeof cell === "string") return cell;
  if (Number.isNaN(cell)) return "-";
  const isLarge = Math.abs(cell) >= 100;
  return (isLarge ? Math.round(cell) : Number(cell.toPrecision(3))).toLocaleString("en", { maximumFractionDigits: 6 });
}

export const checkText = ({ what, holds, seen }: Check): string => `- ${holds ? "holds" : "BROKEN"}: ${what} (${seen})`;

/** A whole section: its tables, then what was checked. */
export function sectionText({ tables, checks }: SectionResult): string {
  return [...tables.map((table) => tableText(table)), checks.map((check) => checkText(check)).join("\n")].join("\n\n");
}
