/** docker-compose.yml, really run: built, started, used by the AWS SDK, a container killed and revived, torn down. */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { get } from "node:http";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { guest } from "@holdfast/guests";
import { waitFor } from "@holdfast/testkit";
import { DockerComposeEnvironment, type StartedDockerComposeEnvironment, Wait } from "testcontainers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findDocker } from "./docker.ts";
import { freePort } from "./free-port.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const run = promisify(execFile);
const docker = await findDocker();
if (!docker.available) process.stderr.write(`docker compose: skipped: ${docker.reason}\n`);

const manifest = `
apiVersion: runtime.wasmcloud.dev/v1alpha1
kind: WorkloadDeployment
metadata: { name: hello }
spec:
  replicas: 1
  template:
    spec:
      components: [{ name: hello, image: "s3://photos/hello.wasm" }]
      hostInterfaces:
        - { namespace: wasi, package: http, interfaces: [incoming-handler], config: { host: hello.test } }
`;

describe.skipIf(!docker.available)("docker compose", () => {
  const project = `holdfast-test-${randomBytes(4).toString("hex")}`;
  let environment: StartedDockerComposeEnvironment;
  let ports: { HOLDFAST_S3_PORT: string; HOLDFAST_NATS_PORT: string; HOLDFAST_HOST_HTTP_PORT: string };
  let s3: S3Client;

  /** `docker compose ARGS` in the test's project. */
  const compose = (...args: string[]) => composeWith("", ...args);
  const composeWith = async (stdin: string, ...args: string[]) => {
    const running = run("docker", ["compose", "--project-name", project, ...args], {
      cwd: root,
      env: { ...process.env, ...ports, COMPOSE_PROGRESS: "quiet" },
    });
    running.child.stdin?.end(stdin);
    return (await running).stdout;
  };

  beforeAll(async () => {
    if (docker.available) Object.assign(process.env, docker.env);
    const [s3Port, natsPort, hostPort] = [await freePort(), await freePort(), await freePort()].map(String);
    ports = {
      HOLDFAST_S3_PORT: s3Port ?? "",
      HOLDFAST_NATS_PORT: natsPort ?? "",
      HOLDFAST_HOST_HTTP_PORT: hostPort ?? "",
    };
    const healthy = ["nats", "auth", "object-metadata", "multipart", "s3-edge", "scheduler", "host-agent"];
    let definition = new DockerComposeEnvironment(root, "docker-compose.yml")
      .withProjectName(project)
      .withBuild()
      .withEnvironment(ports)
      .withStartupTimeout(300_000)
      .withWaitStrategy("secrets-1", Wait.forOneShotStartup());
    for (const name of healthy) definition = definition.withWaitStrategy(`${name}-1`, Wait.forHealthCheck());
    environment = await definition.up();
    const key: unknown = JSON.parse(
      await compose("run", "--rm", "-T", "cli", "key", "create", "me", "--admin", "--output", "json"),
    );
    const { accessKeyId, secretAccessKey } = key as { accessKeyId: string; secretAccessKey: string };
    s3 = new S3Client({
      endpoint: `http://127.0.0.1:${ports.HOLDFAST_S3_PORT}`,
      region: "us-east-1",
      credentials: { accessKeyId, secretAccessKey },
      forcePathStyle: true,
    });
    await s3.send(new CreateBucketCommand({ Bucket: "photos" }));
  }, 420_000);

  afterAll(async () => {
    s3?.destroy();
    await environment?.down({ removeVolumes: true });
    if (docker.available) await docker.stop();
  }, 120_000);

  const read = async (Key: string) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: "photos", Key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  };

  test("serves S3 to the AWS SDK", async () => {
    const Body = randomBytes(3 * 1024 ** 2);
    await s3.send(new PutObjectCommand({ Bucket: "photos", Key: "cat.jpg", Body }));
    expect(Buffer.compare(await read("cat.jpg"), Body)).toBe(0);
  });

  test("shows every service over NATS", async () => {
    const status = await compose("run", "--rm", "-T", "cli", "status", "--output", "json");
    for (const service of ["s3-edge", "auth", "object-metadata", "multipart", "scheduler", "host-agent"])
      expect(status).toContain(`"${service}"`);
  });

  test("runs a component out of a bucket", async () => {
    await s3.send(new PutObjectCommand({ Bucket: "photos", Key: "hello.wasm", Body: await guest("http-hello") }));
    const applied = await composeWith(manifest, "run", "--rm", "-T", "cli", "apply", "-f", "-");
    expect(applied).toContain("WorkloadDeployment default/hello created");
    const port = Number(ports.HOLDFAST_HOST_HTTP_PORT);
    const answer = () =>
      new Promise<string>((settle, reject) => {
        get({ port, host: "127.0.0.1", headers: { host: "hello.test" } }, (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
          response.once("end", () => settle(`${response.statusCode} ${text}`));
        }).once("error", reject);
      });
    await waitFor(async () => (await answer()) === "200 hello from component\n", { timeoutMs: 60_000 });
  });

  test("keeps what was acknowledged when object-metadata is killed, and serves it once it is back", async () => {
    const Body = randomBytes(10_000);
    await s3.send(new PutObjectCommand({ Bucket: "photos", Key: "kept", Body }));
    await compose("kill", "--signal", "KILL", "object-metadata");
    await compose("up", "--detach", "--wait", "object-metadata");
    await waitFor(async () => Buffer.compare(await read("kept"), Body) === 0, { timeoutMs: 30_000 });
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: "photos" }));
    expect(Contents.map(({ Key }) => Key)).toContain("kept");
  });

  test("runs no process as root, gives none a capability, and publishes nothing beyond 127.0.0.1", async () => {
    for (const service of ["nats", "auth", "object-metadata", "multipart", "s3-edge", "scheduler", "host-agent"]) {
      const status = await compose("exec", "-T", service, "cat", "/proc/1/status");
      expect(status, service).toMatch(/^Uid:\t1000\t1000\t1000\t1000$/m);
      expect(status, service).toMatch(/^CapBnd:\t0+$/m);
      expect(status, service).toMatch(/^NoNewPrivs:\t1$/m);
    }
    const published = (await compose("ps", "--format", "json"))
      .split("\n")
      .filter(Boolean)
      .flatMap(
        (line) =>
          (JSON.parse(line) as { Publishers: { URL: string; PublishedPort: number }[] | null }).Publishers ?? [],
      )
      .filter(({ PublishedPort }) => PublishedPort > 0);
    expect(published.length).toBeGreaterThan(0);
    expect(published.every(({ URL }) => URL === "127.0.0.1")).toBe(true);
  });
});
