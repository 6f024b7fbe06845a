import { describe, expect, test } from "vitest";
import { z } from "zod";
import { commonConfig, ConfigError, describeConfig, loadConfig } from "./config.ts";
import { duration } from "./duration.ts";

const schema = commonConfig.extend({
  HOLDFAST_GRACE: duration("5m").describe("How long"),
  HOLDFAST_KEY_SIZE: z.coerce.number().int().optional(),
  HOLDFAST_NAME: z.string(),
});
const env = { HOLDFAST_NAME: "n" };

function problemsOf(variables: Record<string, string>, argv: readonly string[] = []): readonly string[] {
  try {
    loadConfig(schema, variables, argv);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe("a configuration", () => {
  test("has its defaults where nothing is set, and an empty variable sets nothing", () => {
    const config = loadConfig(schema, { ...env, HOLDFAST_NATS_URL: "", HOLDFAST_GRACE: "" });
    expect(config).toMatchObject({ HOLDFAST_NATS_URL: "nats://127.0.0.1:4222", HOLDFAST_GRACE: 300_000 });
    expect(config.HOLDFAST_NATS_USER).toBeUndefined();
  });

  test.for([
    [["--name", "flag"], "flag"],
    [["--name=flag=with=equals"], "flag=with=equals"],
    [["--name=--dashes"], "--dashes"],
    [["--name", "first", "--name", "second"], "second"],
  ] as const)("takes %j over the environment", ([argv, name]) => {
    expect(loadConfig(schema, env, argv).HOLDFAST_NAME).toBe(name);
  });

  test.for([
    [{}, [], "HOLDFAST_NAME: not set; set HOLDFAST_NAME or --name"],
    [env, ["--name", "--log-level", "info"], "--name: needs a value; write --name VALUE"],
    [env, ["--nmae", "hunter2"], "--nmae: no such option; --help lists them"],
    [env, ["hunter2"], "argument 1: not an option; write --name value"],
    [
      { ...env, HOLDFAST_ADMIN_PORT: "many" },
      [],
      'HOLDFAST_ADMIN_PORT: expected number, received NaN (it is "many"); change HOLDFAST_ADMIN_PORT or --admin-port',
    ],
    [
      { ...env, HOLDFAST_KEY_SIZE: "hunter2" },
      [],
      "HOLDFAST_KEY_SIZE: expected number, received NaN; change HOLDFAST_KEY_SIZE or --key-size",
    ],
  ] as const)("tells of %j %j what to do", ([variables, argv, problem]) => {
    expect(problemsOf(variables, argv)).toEqual([problem]);
  });

  test("is refused with all its problems at once", () => {
    const variables = { HOLDFAST_NATS_URL: "x://y", HOLDFAST_NATS_TOKEN: "t", HOLDFAST_NATS_USER: "u" };
    expect(problemsOf(variables, ["--log-level", "loud", "--what"])).toHaveLength(5);
  });

  test.for([
    "nats://a:4222,nats://b:4222",
    "a:4222, b",
    "tls://nats.example.com",
    "nats://[::1]:4222",
    "127.0.0.1",
    "nats://nats_1:4222/",
  ])("takes %s for NATS servers", (url) => {
    expect(problemsOf({ ...env, HOLDFAST_NATS_URL: url })).toEqual([]);
  });

  test.for(["http://a:4222", "ws://a", "nats://u:p@a", "a:99999999", "nats://a b", ","])(
    "does not take %s for NATS servers",
    (url) => {
      const problems = problemsOf({ ...env, HOLDFAST_NATS_URL: url });
      expect(problems).not.toEqual([]);
      expect(problems[0]).toMatch(/^HOLDFAST_NATS_URL: /);
      expect(problems.join()).not.toContain("u:p");
    },
  );

  test("explains every setting with its flag and default", () => {
    const help = describeConfig("thing", schema);
    for (const name of Object.keys(schema.shape)) expect(help).toContain(`, ${name}`);
    expect(help).toContain("--grace, HOLDFAST_GRACE [5m]\n      How long");
    expect(help).toContain("--nats-url, HOLDFAST_NATS_URL [nats://127.0.0.1:4222]");
  });
});
