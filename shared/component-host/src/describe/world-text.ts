import { parseInterfaceName } from "../names.ts";
import type { WorldItem } from "../plan/plan.ts";
import { interfaceLines, TypeNames } from "./interface-text.ts";

/** What {@link describeWorld} reads of a plan or a compiled component. */
export interface DescribedComponent {
  readonly imports: readonly WorldItem[];
  readonly exports: readonly WorldItem[];
}

/**
 * The world of a component in WIT, from its binary alone: what it imports and exports, then each interface with its
 * types and functions, by package.
 */
export function describeWorld({ imports, exports }: DescribedComponent): string {
  const names = new TypeNames([...imports, ...exports]);
  const world = [
    "package root:component;",
    "",
    "world root {",
    ...worldLines("import", imports, names),
    ...worldLines("export", exports, names),
    "}",
  ];
  return `${[...world, ...packageLines([...imports, ...exports], names)].join("\n")}\n`;
}

const indent = (lines: readonly string[], by = "  ") => lines.map((line) => `${by}${line}`);

function worldLines(direction: "import" | "export", items: readonly WorldItem[], names: TypeNames): string[] {
  const interfaces = items.filter((item) => item.kind === "instance");
  const free = items.filter((item) => item.kind !== "instance");
  return indent([
    ...interfaces.flatMap((item) => interfaceReference(direction, item, names)),
    ...interfaceLines("", free, names).map((line) => (isFunctionLine(line) ? `${direction} ${line}` : line)),
  ]);
}

// type definitions of a world stand for themselves, functions say their direction
const isFunctionLine = (line: string) => /^[a-zA-Z0-9-]+: func\(/.test(line);

function interfaceReference(
  direction: "import" | "export",
  item: Extract<WorldItem, { readonly kind: "instance" }>,
  names: TypeNames,
): string[] {
  if (item.name.includes("/")) return [`${direction} ${item.name};`];
  // an interface that the world itself holds
  return [`${direction} ${item.name}: interface {`, ...indent(interfaceLines(item.name, item.items, names)), "}"];
}

function packageLines(items: readonly WorldItem[], names: TypeNames): string[] {
  const packages = new Map<string, Map<string, string[]>>();
  for (const item of items) {
    if (item.kind !== "instance" || !item.name.includes("/")) continue;
    const { path, version } = parseInterfaceName(item.name);
    const slash = path.lastIndexOf("/");
    const packageName = `${path.slice(0, slash)}${version === undefined ? "" : `@${version}`}`;
    const interfaces = packages.get(packageName) ?? new Map<string, string[]>();
    packages.set(packageName, interfaces);
    const name = path.slice(slash + 1);
    if (!interfaces.has(name)) interfaces.set(name, interfaceLines(item.name, item.items, names));
  }
  return [...packages].flatMap(([name, interfaces]) => ["", `package ${name} {`, ...interfaceBlocks(interfaces), "}"]);
}

function interfaceBlocks(interfaces: ReadonlyMap<string, readonly string[]>): string[] {
  return indent([...interfaces].flatMap(([name, lines]) => [`interface ${name} {`, ...indent(lines), "}"]));
}
