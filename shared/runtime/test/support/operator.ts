/** An operator, an account and a user as NATS's JWTs have them: what `nsc` would make. */
import { createHash } from "node:crypto";
import { nkeys } from "@nats-io/nats-core";

type Pair = ReturnType<typeof nkeys.createUser>;

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

function jwt(issuer: Pair, subject: Pair, nats: Record<string, unknown>): string {
  const claims = { iss: issuer.getPublicKey(), sub: subject.getPublicKey(), iat: Math.floor(Date.now() / 1_000), nats };
  const jti = createHash("sha256").update(JSON.stringify(claims)).digest("hex");
  const signed = `${base64url({ typ: "JWT", alg: "ed25519-nkey" })}.${base64url({ ...claims, jti })}`;
  return `${signed}.${Buffer.from(issuer.sign(Buffer.from(signed))).toString("base64url")}`;
}

/** The configuration of a server in operator mode, and a credentials file for its one user. */
export function operatorMode(): { config: string; credentials: string } {
  const [operator, user] = [nkeys.createOperator(), nkeys.createUser()];
  const [account, system] = [nkeys.createAccount(), nkeys.createAccount()];
  const unlimited = { subs: -1, data: -1, payload: -1 };
  const accountLimits = { ...unlimited, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
  const operatorJwt = jwt(operator, operator, { type: "operator", version: 2 });
  const preloaded = [account, system].map((each) => {
    const token = jwt(operator, each, { type: "account", version: 2, limits: accountLimits });
    return `${each.getPublicKey()}: ${token}`;
  });
  const userJwt = jwt(account, user, { type: "user", version: 2, pub: {}, sub: {}, ...unlimited });
  const seed = Buffer.from(user.getSeed()).toString();
  return {
    config: [
      `operator: ${operatorJwt}`,
      `system_account: ${system.getPublicKey()}`,
      "resolver: MEMORY",
      `resolver_preload: { ${preloaded.join(", ")} }`,
    ].join("\n"),
    credentials: `-----BEGIN NATS USER JWT-----\n${userJwt}\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`,
  };
}
