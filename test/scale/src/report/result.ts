/** What a section gives: tables of raw numbers, and the invariants it checked. */

export const sectionNames = ["objects", "buckets", "bytes", "shared", "cluster"] as const;
export type SectionName = (typeof sectionNames)[number];
export const isSectionName = (name: string): name is SectionName =>
  sectionNames.some((candidate) => candidate === name);

/** Numbers are printed with three significant digits, or whole with thousands separated. */
export type Cell = string | number;
export type Table = {
  readonly title: string;
  /** The first one names the rows. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
};
/** Something that must be true whatever the speed. `seen` says what was found, in words. */
export type Check = { readonly what: string; readonly holds: boolean; readonly seen: string };

export type SectionResult = {
  readonly section: SectionName;
  readonly tables: readonly Table[];
  readonly checks: readonly Check[];
};

/** A check that a count is what it must be. */
export const isExactly = (what: string, seen: number, wanted: number): Check => ({
  what,
  holds: seen === wanted,
  seen: seen === wanted ? seen.toLocaleString("en") : `${seen.toLocaleString("en")} of ${wanted.toLocaleString("en")}`,
});
