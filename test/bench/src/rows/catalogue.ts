/** Every row there is, by name. */
import { floorRows } from "../floor/floor-rows.ts";
import { largeRows } from "./large-rows.ts";
import { listRows } from "./list-rows.ts";
import { objectRows } from "./object-rows.ts";
import type { Row } from "./row.ts";

/** The rows of S3, in the order of the tables. */
export const s3Rows: readonly Row[] = [...objectRows, ...largeRows, ...listRows];

const byName = new Map([...s3Rows, ...floorRows].map((row) => [row.name, row]));

/** The row of a name, floors included; throws when there is none. */
export function rowNamed(name: string): Row {
  const row = byName.get(name);
  if (row === undefined) throw new Error(`there is no row ${name}`);
  return row;
}
