import { describe, expect, test } from "vitest";
import { decodeMessage, encodeMessage, UnreadableMessage } from "./json-mapping.ts";
import { HostHeartbeat, WorkloadStartRequest, WorkloadStatusReply } from "./messages.ts";

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const text = (value: Uint8Array) => JSON.parse(new TextDecoder().decode(value)) as unknown;
const readStart = (value: unknown) => decodeMessage("start", WorkloadStartRequest, bytes(value));

describe("a message that is read", () => {
  test("may have camelCase or snake_case fields, at any depth", () => {
    const component = {
      name: "a",
      image: "b",
      pool_size: 2,
      local_resources: { memoryLimitMb: 64, allowed_hosts: ["x"] },
    };
    const { workloadId, workload } = readStart({
      workload_id: "w",
      workload: { wit_world: { components: [component] } },
    });
    expect(workloadId).toBe("w");
    expect(workload?.witWorld?.components[0]).toMatchObject({
      poolSize: 2,
      localResources: { memoryLimitMb: 64, allowedHosts: ["x"] },
    });
  });

  test("keeps the keys of maps as they are", () => {
    const host = { namespace: "wasi", package: "config", config: { log_level: "debug", workloadId: "x" } };
    const { workload } = readStart({ workload: { witWorld: { hostInterfaces: [host] } } });
    expect(workload?.witWorld?.hostInterfaces[0]?.config).toEqual({ log_level: "debug", workloadId: "x" });
  });

  test("has the type's default for a field that is absent or null", () => {
    expect(readStart({ workloadId: null, workload: { name: null, service: null } })).toEqual({
      workloadId: "",
      workload: { namespace: "", name: "", annotations: {}, volumes: [] },
    });
  });

  test("ignores unknown fields", () => {
    expect(readStart({ workloadId: "w", colour: "blue", workload: { precompiledUrl: 7 } }).workloadId).toBe("w");
  });

  test("may be an empty body: no field is set", () => {
    expect(decodeMessage("start", WorkloadStartRequest, new Uint8Array(0))).toEqual({ workloadId: "" });
  });

  test.for([
    ["17", 17],
    [17, 17],
    ["0", 0],
    [String(Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER],
  ] as const)("reads the 64-bit integer %j as %i", ([given, expected]) => {
    const read = decodeMessage("heartbeat", HostHeartbeat, bytes({ systemMemoryTotal: given }));
    expect(read.systemMemoryTotal).toBe(expected);
  });

  test.for([["-1"], ["1.5"], ["twelve"], [true], ["18446744073709551615"]])(
    "refuses %j as 64-bit integer",
    ([given]) => {
      expect(() => decodeMessage("heartbeat", HostHeartbeat, bytes({ systemMemoryTotal: given }))).toThrow(
        /^heartbeat: systemMemoryTotal: /,
      );
    },
  );

  test.for([["WORKLOAD_STATE_RUNNING"], [2]])("reads the enum %j by name or number", ([state]) => {
    const read = decodeMessage("reply", WorkloadStatusReply, bytes({ workload_status: { workload_state: state } }));
    expect(read.workloadStatus?.workloadState).toBe("WORKLOAD_STATE_RUNNING");
  });

  test.for([[{ workloadId: 7 }], [[]], ["text"], [{ workload: { witWorld: { components: {} } } }]])(
    "that does not fit (%j) is refused with the field's path",
    ([given]) => {
      expect(() => readStart(given)).toThrow(UnreadableMessage);
    },
  );

  test("that is no JSON is refused, naming the message", () => {
    expect(() => decodeMessage("start", WorkloadStartRequest, Buffer.from("{"))).toThrow("start: the body is no JSON");
  });
});

describe("a message that is written", () => {
  test("has camelCase fields, 64-bit integers as strings and enums by name", () => {
    const written = text(
      encodeMessage(HostHeartbeat, { id: "h", systemMemoryTotal: 2 ** 40, httpPort: 80, systemCpuUsage: 1.5 }),
    );
    expect(written).toMatchObject({ id: "h", systemMemoryTotal: "1099511627776", httpPort: 80, systemCpuUsage: 1.5 });
    const status = { workloadId: "w", workloadState: "WORKLOAD_STATE_ERROR", message: "no" } as const;
    expect(text(encodeMessage(WorkloadStatusReply, { workloadStatus: status }))).toEqual({ workloadStatus: status });
  });

  test("reads back as it was", () => {
    const request = {
      workloadId: "w",
      workload: {
        namespace: "default",
        name: "hello",
        service: { image: "file:///s.wasm", maxRestarts: 3 },
        volumes: [{ name: "scratch", emptyDir: {} }],
        witWorld: {
          components: [{ name: "c", image: "s3://b/k", imagePullPolicy: "IMAGE_PULL_POLICY_ALWAYS" as const }],
        },
      },
    };
    expect(decodeMessage("start", WorkloadStartRequest, encodeMessage(WorkloadStartRequest, request))).toEqual(
      WorkloadStartRequest.parse(request),
    );
  });
});
