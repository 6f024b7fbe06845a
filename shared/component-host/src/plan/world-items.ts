import { isNamedType, type Item } from "./items.ts";
import type { WorldItem } from "./plan.ts";

/** The functions, types and instances among some exports; modules and components can not leave a component here. */
export function worldItems(exports: ReadonlyMap<string, Item>): WorldItem[] {
  return [...exports].flatMap(([name, item]) => {
    const found = worldItem(name, item);
    return found === undefined ? [] : [found];
  });
}

function worldItem(name: string, item: Item): WorldItem | undefined {
  switch (item.sort) {
    case "func":
      return { kind: "func", name, type: item.type, func: item.func };
    case "instance":
      return { kind: "instance", name, items: worldItems(item.exports) };
    case "type":
      return isNamedType(item.type) ? { kind: "type", name, type: item.type } : undefined;
    default:
      return undefined;
  }
}
