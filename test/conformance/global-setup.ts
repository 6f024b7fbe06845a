/** Starts one mesh for the whole suite, or takes the endpoint it is given. */
import type { TestProject } from "vitest/node";
import { startMesh, type TestMesh, type TestMeshOptions } from "@holdfast/testkit";
import { spreadConnections } from "./support/spread.ts";
import type { ConformanceTarget, Credentials } from "./support/target.ts";

const domain = "s3.holdfast.test";

export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = endpointFromEnvironment(process.env);
  if (given !== undefined) {
    project.provide("s3", given);
    return undefined;
  }
  const resources = new AsyncDisposableStack();
  try {
    const mesh = resources.use(await startMesh(instances(process.env)));
    const spread = resources.use(await spreadConnections(mesh.edges.map(({ endpoint }) => endpoint)));
    const { accessKeyId, secretAccessKey, region } = mesh.credentials;
    const users = { owner: await createUser(mesh, "owner"), stranger: await createUser(mesh, "stranger") };
    const credentials = { accessKeyId, secretAccessKey };
    project.provide("s3", { endpoint: spread.endpoint, region, credentials, domain, users, administrator: true });
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
  return async () => await resources.disposeAsync();
}

/** Two of each service unless said otherwise: what one instance did, the other must know. */
function instances(env: NodeJS.ProcessEnv): TestMeshOptions {
  const count = Number(env["HOLDFAST_CONFORMANCE_INSTANCES"] ?? 2);
  return {
    edges: count,
    auth: count,
    objectMetadata: count,
    multipart: count,
    env: { HOLDFAST_S3_DOMAIN: domain },
  };
}

/** Through the endpoint as anybody with a NATS client would ask it. */
async function createUser(mesh: TestMesh, user: string): Promise<Credentials> {
  await using nc = await mesh.connectAdmin();
  const answer = await nc.request("auth.v1.CreateAccessKey", JSON.stringify({ user }), { timeout: 5000 });
  const key: unknown = answer.json();
  const isKey = (value: unknown): value is Credentials =>
    typeof value === "object" && value !== null && "accessKeyId" in value && "secretAccessKey" in value;
  if (!isKey(key)) throw new Error(`auth made no key for ${user}: ${answer.string()}`);
  return { accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey };
}

function endpointFromEnvironment(env: NodeJS.ProcessEnv): ConformanceTarget | undefined {
  const endpoint = env["HOLDFAST_CONFORMANCE_ENDPOINT"];
  if (endpoint === undefined) return undefined;
  const credentials = credentialsOf(env, "AWS_");
  if (credentials === undefined) {
    throw new Error("HOLDFAST_CONFORMANCE_ENDPOINT needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  }
  const owner = credentialsOf(env, "HOLDFAST_CONFORMANCE_OWNER_");
  const stranger = credentialsOf(env, "HOLDFAST_CONFORMANCE_STRANGER_");
  const givenDomain = env["HOLDFAST_CONFORMANCE_DOMAIN"];
  return {
    endpoint,
    region: env["AWS_REGION"] ?? "us-east-1",
    credentials,
    ...(givenDomain === undefined ? {} : { domain: givenDomain }),
    ...(owner === undefined || stranger === undefined ? {} : { users: { owner, stranger } }),
    administrator: env["HOLDFAST_CONFORMANCE_ADMINISTRATOR"] === "true",
  };
}

function credentialsOf(env: NodeJS.ProcessEnv, prefix: string): Credentials | undefined {
  const accessKeyId = env[`${prefix}ACCESS_KEY_ID`];
  const secretAccessKey = env[`${prefix}SECRET_ACCESS_KEY`];
  return accessKeyId === undefined || secretAccessKey === undefined ? undefined : { accessKeyId, secretAccessKey };
}
