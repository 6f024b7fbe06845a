import { type Image, type Images, PullFailed } from "../images/image.ts";
import type { LoadedComponent } from "./isolate.ts";
import type { WantedComponent } from "./manifest.ts";

/** Fetches the images of all components at once. Rejects with `PullFailed`. */
export function pullComponents(
  wanted: readonly WantedComponent[],
  images: Images,
  signal: AbortSignal,
): Promise<LoadedComponent[]> {
  return Promise.all(
    wanted.map(async (component) => {
      const { bytes, digest } = await pullOne(component, images, signal);
      const { pull: _pull, ...rest } = component;
      return { ...rest, bytes, digest };
    }),
  );
}

async function pullOne(
  { name, isService, pull }: WantedComponent,
  images: Images,
  signal: AbortSignal,
): Promise<Image> {
  try {
    return await images.pull(pull, signal);
  } catch (error) {
    // wasmCloud's words, which its operator's people look for
    const what = isService ? "failed to pull service image" : `failed to pull component image for \`${name}\``;
    const text = error instanceof Error ? error.message : String(error);
    throw new PullFailed(`${what}: ${text.includes(pull.image) ? text : `${pull.image}: ${text}`}`, { cause: error });
  }
}
