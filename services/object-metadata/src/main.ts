import { objectMetadata } from "@holdfast/contracts";
import { runProcess } from "@holdfast/runtime";
import { ObjectMetadataConfig } from "./config.ts";
import { startObjectMetadata } from "./start.ts";

await runProcess({
  name: objectMetadata.name,
  config: ObjectMetadataConfig,
  async start({ config, nc, log, metrics }) {
    const instance = await startObjectMetadata({ nc, config, log, metrics });
    return { drain: () => instance.drain() };
  },
});
