/** The images that a manifest names. */
import { z } from "zod";

const Spec = z.object({
  components: z.array(z.object({ image: z.string() })).nullish(),
  service: z.object({ image: z.string() }).nullish(),
  image: z.string().nullish(),
});
const Manifest = z.object({ spec: Spec.extend({ template: z.object({ spec: Spec }).nullish() }).nullish() });

/** In order, each once; empty for a manifest that runs nothing. */
export function imagesOf(manifest: Readonly<Record<string, unknown>>): string[] {
  const spec = Manifest.safeParse(manifest).data?.spec;
  const all = [spec, spec?.template?.spec].flatMap((each) => [
    ...(each?.components ?? []).map(({ image }) => image),
    ...(each?.service ? [each.service.image] : []),
    ...(each?.image ? [each.image] : []),
  ]);
  return [...new Set(all)];
}
