/** The WIT world of a component, from its binary alone. */
import {
  describeWorld,
  MalformedComponent,
  parseComponent,
  UnsupportedComponent,
  type WorldItem,
} from "@holdfast/component-host";
import { CliError } from "../errors.ts";

export type World = { readonly imports: readonly WorldItem[]; readonly exports: readonly WorldItem[] };

/** `name` is for messages. Throws CliError for a binary that is broken, or uses what hosts do not run. */
export function worldOf(bytes: Uint8Array, name: string): World {
  try {
    const { imports, exports } = parseComponent(bytes);
    return { imports, exports };
  } catch (error) {
    if (error instanceof MalformedComponent) {
      throw new CliError(`${name} is damaged: ${error.message}; build or pull it again`, { cause: error });
    }
    if (error instanceof UnsupportedComponent) {
      throw new CliError(`${name} cannot run here: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

/** Its imports and exports as WIT, without the interfaces themselves. */
export function worldText(world: World): string {
  const [text = ""] = describeWorld(world).split("\n\npackage ");
  return text.slice(text.indexOf("world ")).trimEnd();
}

/** The names, as hosts compare them. */
export const namesOf = ({ imports, exports }: World) => ({
  imports: imports.map(({ name }) => name),
  exports: exports.map(({ name }) => name),
});
