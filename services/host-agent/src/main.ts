import { hostAgent } from "@holdfast/contracts";
import { serve } from "@holdfast/micro";
import { openImageCache } from "@holdfast/oci";
import { ConfigError, runProcess } from "@holdfast/runtime";
import { join } from "node:path";
import { HostAgentConfig, limitsOf } from "./config.ts";
import { startHeartbeats } from "./heartbeat.ts";
import { createHost } from "./host.ts";
import { startFront } from "./http/front.ts";
import { createOutgoing } from "./http/outgoing.ts";
import { fileImages } from "./images/file-images.ts";
import { allImages } from "./images/images.ts";
import { ociImages } from "./images/oci-images.ts";
import { s3Images } from "./images/s3-images.ts";
import { sharingBytes } from "./images/share-bytes.ts";
import { builtInPlugins } from "./interfaces/index.ts";
import { compileCache } from "./isolates/compile-cache.ts";
import { createIsolates } from "./isolates/start-isolate.ts";
import { keptHostId } from "./machine/host-id.ts";
import { networkList } from "./machine/networks.ts";
import { machineUsage } from "./machine/usage.ts";
import { BadPlugin, loadPlugins } from "./plugins/load-plugins.ts";
import { Plugins } from "./plugins/plugins.ts";
import { serveProtocol } from "./protocol.ts";
import { createHostAgent } from "./service.ts";
import { coreOffers, hostOffers } from "./workloads/host-offers.ts";
import { Workloads } from "./workloads/workloads.ts";

await runProcess({
  name: hostAgent.name,
  config: HostAgentConfig,
  async start({ config, nc, log }) {
    const folder = join(config.HOLDFAST_DATA_DIR, "host-agent");
    const id = config.HOLDFAST_HOST_ID ?? (await keptHostId(join(folder, "host-id")));
    const maxBytes = config.HOLDFAST_HOST_IMAGE_BYTES;
    const cache = await openImageCache({ folder: join(folder, "images"), maxBytes: config.HOLDFAST_HOST_CACHE_BYTES });
    const onWarning = (message: string) => log.warn(message);
    const pulled = allImages(
      {
        s3: s3Images(nc, { cache, maxBytes, onWarning }),
        file: fileImages({ roots: config.HOLDFAST_HOST_FILE_ROOTS, maxBytes }),
        oci: ociImages({
          cache,
          dockerConfig: config.HOLDFAST_HOST_DOCKER_CONFIG,
          insecureRegistries: config.HOLDFAST_HOST_INSECURE_REGISTRIES,
          maxBytes,
          onWarning,
        }),
      },
      config.HOLDFAST_HOST_PULL_TIMEOUT,
    );
    const builtIn = builtInPlugins({
      defaultBackend: config.HOLDFAST_HOST_DEFAULT_BACKEND,
      keyValueReplicas: config.HOLDFAST_HOST_KEYVALUE_REPLICAS,
    });
    const taken = [...coreOffers, ...hostOffers, ...builtIn.flatMap(({ imports }) => imports)];
    const others = await loadPlugins(config.HOLDFAST_HOST_PLUGINS, taken).catch((error: unknown) => {
      if (error instanceof BadPlugin) throw new ConfigError([`HOLDFAST_HOST_PLUGINS: ${error.message}`]);
      throw error;
    });
    const plugins = new Plugins([...builtIn, ...others], log);
    await plugins.start((plugin) => {
      return { hostId: id, nc, log: log.child({ plugin }), dataDir: join(folder, "plugins", plugin) };
    });
    const front = await startFront(config, log);
    const isolates = createIsolates({
      heapLimitMb: config.HOLDFAST_HOST_HEAP_LIMIT_MB,
      deniedNetworks: config.HOLDFAST_HOST_DENIED_NETWORKS,
      memoryMaxMb: config.HOLDFAST_HOST_WORKLOAD_MEMORY_MB,
      cpuLimitMs: config.HOLDFAST_HOST_CPU_TIMEOUT,
      // that of this process, where its launcher gave it one
      compileCache: process.env["NODE_COMPILE_CACHE"] || (await compileCache(join(folder, "compiled"), log)),
    });
    const workloads = new Workloads(
      {
        images: sharingBytes(pulled),
        startIsolate: isolates.start,
        outgoing: createOutgoing({ denied: networkList(config.HOLDFAST_HOST_DENIED_NETWORKS) }),
        plugins,
        publish: (workload) => front.publish(workload),
        volumes: {
          folder: join(folder, "volumes"),
          roots: config.HOLDFAST_HOST_VOLUME_ROOTS,
          maxBytes: config.HOLDFAST_HOST_VOLUME_BYTES,
        },
        limits: limitsOf(config),
        log,
      },
      {
        maxWorkloads: config.HOLDFAST_HOST_MAX_WORKLOADS,
        memoryLimitMb: config.HOLDFAST_HOST_MEMORY_LIMIT_MB,
        startTimeoutMs: config.HOLDFAST_HOST_START_TIMEOUT,
      },
    );
    const identity = {
      id,
      friendlyName: config.HOLDFAST_HOST_NAME,
      version: hostAgent.version,
      labels: { ...config.HOLDFAST_HOST_LABELS, hostgroup: config.HOLDFAST_HOST_GROUP },
      environment: config.HOLDFAST_HOST_ENVIRONMENT,
      imports: [...coreOffers, ...hostOffers, ...plugins.all.flatMap(({ imports }) => imports)],
      exports: [...hostOffers, ...plugins.all.flatMap(({ exports }) => exports)],
    };
    const figures = () => {
      const { live } = workloads;
      const componentCount = live.reduce((sum, { manifest }) => sum + manifest.components.length, 0);
      return { componentCount, workloadCount: live.length, httpPort: front.port };
    };
    const everyMs = config.HOLDFAST_HOST_HEARTBEAT_INTERVAL;
    const heartbeats = await startHeartbeats(nc, identity, { usage: machineUsage(), figures, everyMs });
    const host = createHost(id, workloads, heartbeats, log);
    const parts = {
      host,
      httpUrl: front.url,
      limits: limitsOf(config),
      plugins: plugins.all.map((plugin) => plugin.id),
    };
    const served = await serve(nc, hostAgent, createHostAgent(parts), { log, instance: id });
    const protocol = await serveProtocol(nc, host, log);
    return {
      ready: { http: front.url, host: id },
      async drain() {
        await host.drain();
        await front.close();
        await Promise.all([plugins.stop(), isolates.close()]);
        protocol.close();
        await served.drain();
      },
    };
  },
});
