import type { Images } from "./image.ts";

/** Workloads of the same image hold the same bytes: they are kept for as long as the workload runs, for its next worker. */
export function sharingBytes(images: Images): Images {
  const held = new Map<string, WeakRef<Uint8Array>>();
  const gone = new FinalizationRegistry<string>((digest) => {
    if (held.get(digest)?.deref() === undefined) held.delete(digest);
  });
  return {
    async pull(request, signal) {
      const image = await images.pull(request, signal);
      const bytes = held.get(image.digest)?.deref();
      if (bytes !== undefined) return { ...image, bytes };
      held.set(image.digest, new WeakRef(image.bytes));
      gone.register(image.bytes, image.digest);
      return image;
    },
  };
}
