import { startNats, type TestNats, waitFor } from "@holdfast/testkit";
import type { Msg, NatsConnection } from "@nats-io/nats-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  decodeMessage,
  encodeMessage,
  heartbeatSubject,
  HostHeartbeat,
  hostClient,
  hostSubject,
  watchHeartbeats,
  WorkloadStartRequest,
} from "../src/index.ts";

let nats: TestNats;
let nc: NatsConnection;
beforeAll(async () => {
  nats = await startNats();
  nc = await nats.connect();
});
afterAll(() => nats.stop());

const answerWith = (hostId: string, answer: (message: Msg) => void) => {
  nc.subscribe(hostSubject(hostId, ">"), { callback: (_error, message) => answer(message) });
};

describe("hostClient", () => {
  test("asks on the host's subject and reads the status in its answer", async () => {
    answerWith("h1", (message) => {
      const { workloadId, workload } = decodeMessage("start", WorkloadStartRequest, message.data);
      expect(message.subject).toBe("runtime.host.h1.workload.start");
      message.respond(
        JSON.stringify({ workload_status: { workload_id: workloadId, workload_state: 2, message: workload?.name } }),
      );
    });
    expect(await hostClient(nc).start("h1", { workloadId: "w1", workload: { name: "hello" } })).toEqual({
      workloadId: "w1",
      workloadState: "WORKLOAD_STATE_RUNNING",
      message: "hello",
    });
  });

  test("says that a host is not there", async () => {
    await expect(hostClient(nc).status("nobody", "w1")).rejects.toMatchObject({
      code: "ServiceUnavailable",
      hostId: "nobody",
      message: "host nobody is not there: nobody answers workload.status",
    });
  });

  test("says that a host did not answer in time", async () => {
    answerWith("silent", () => {});
    await expect(hostClient(nc).stop("silent", "w1", { timeoutMs: 50 })).rejects.toMatchObject({
      code: "RequestTimeout",
      message: "host silent did not answer workload.stop within 0.05 s",
    });
  });

  test.for([["{"], ['{"workloadStatus": 7}'], ["{}"]])("refuses the answer %s", async ([answer]) => {
    const hostId = `bad-${Buffer.from(String(answer)).toString("hex")}`;
    answerWith(hostId, (message) => void message.respond(answer));
    await expect(hostClient(nc).status(hostId, "w1")).rejects.toMatchObject({ code: "InvalidReply" });
  });

  test.for(["a.b", "*", ">", "", "a b"])("refuses %j as the id of a host", async (hostId) => {
    await expect(hostClient(nc).heartbeat(hostId)).rejects.toThrow(TypeError);
  });
});

describe("watchHeartbeats", () => {
  test("hands over heartbeats, and tells of messages that are none", async () => {
    const heard: HostHeartbeat[] = [];
    const bad: Error[] = [];
    const watch = watchHeartbeats(nc, { onHeartbeat: (each) => heard.push(each), onBad: (each) => bad.push(each) });
    nc.publish(heartbeatSubject("h1"), encodeMessage(HostHeartbeat, { id: "h1", workloadCount: 3 }));
    nc.publish(heartbeatSubject("h2"), encodeMessage(HostHeartbeat, { id: "h1" }));
    nc.publish(heartbeatSubject("h3"), "{");
    await waitFor(() => heard.length + bad.length === 3);
    watch.close();
    expect(heard).toMatchObject([{ id: "h1", workloadCount: 3 }]);
    expect(bad.map(({ message }) => message)).toEqual([
      "HostHeartbeat: id h1 came on runtime.operator.heartbeat.h2",
      "HostHeartbeat: the body is no JSON",
    ]);
  });
});
