import { defineConfig } from "vitest/config";

// unit: pure code beside its source. integration: one package over a real nats-server. e2e: several processes.
// conformance: black box over S3; one mesh for all its files, or HOLDFAST_CONFORMANCE_ENDPOINT.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["{shared,services,cli}/**/src/**/*.test.ts", "test/*/src/**/*.test.ts", "scripts/**/*.test.ts"],
        },
      },
      {
        test: {
          name: "integration",
          include: ["{shared,services}/*/test/**/*.test.ts", "cli/test/**/*.test.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/**/*.test.ts"],
          exclude: ["test/conformance/**", "test/*/src/**", "**/node_modules/**"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "conformance",
          include: ["test/conformance/**/*.test.ts"],
          globalSetup: ["test/conformance/global-setup.ts"],
          // every file makes its own buckets; sharing modules saves loading the SDK for each
          isolate: false,
          testTimeout: 30_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
