/** Writes the nats-server configuration of the mesh: limits, JetStream, and one user per service. */
import { randomBytes } from "node:crypto";
import { meshPermissions, type MeshUser, meshUsers, type Subjects, type UserPermissions } from "./permissions.ts";

/**
 * 8 MiB, the largest size nats-server recommends. A chunk needs 1 MiB plus headers; what needs more is a page of 1,000 keys of
 * 1,024 control characters each, which JSON writes as six bytes apiece, and a CompleteMultipartUpload of 10,000 parts.
 */
export const meshMaxPayload = 8 * 1024 * 1024;

/** Each user's password, or the environment variable (without `$`) that the server reads it from. */
export type MeshSecrets = Readonly<Record<MeshUser, string>>;

export type MeshConfigOptions = {
  users: { passwords: MeshSecrets } | { variables: MeshSecrets };
  /** `host:port`. Leave out where the command line gives it, as startNatsServer does. */
  listen?: string;
  /** `host:port` of the monitoring endpoint (`/healthz`, `/jsz`). Leave out for none. */
  monitoring?: string;
  /** JetStream's folder. Leave out where the command line gives it. */
  storeDir?: string;
  /**
   * How often files are synced to disk: a duration, or `always` (each acknowledged write is on disk, at the price of one fsync
   * per write). Left out: the server's default, two minutes.
   */
  syncInterval?: string;
  /** Lines for the end. */
  extra?: string;
};

/** New passwords. */
export function generateMeshPasswords(): MeshSecrets {
  return {
    "s3-edge": newPassword(),
    auth: newPassword(),
    "object-metadata": newPassword(),
    multipart: newPassword(),
    scheduler: newPassword(),
    "host-agent": newPassword(),
    admin: newPassword(),
  };
}

/** 256 bits. The letter in front keeps the server from reading it as a number. */
function newPassword(): string {
  return `p${randomBytes(32).toString("base64url")}`;
}

/** The environment variable of a user's password in deploy/nats/nats.conf. */
export function passwordVariable(user: MeshUser): string {
  return `HOLDFAST_NATS_PASSWORD_${user.toUpperCase().replaceAll("-", "_")}`;
}

/** deploy/nats/nats.conf: for containers, where passwords come from the environment. */
export function renderDeployConfig(): string {
  const variables = Object.fromEntries(meshUsers.map((user) => [user, passwordVariable(user)])) as MeshSecrets;
  const header =
    "# nats-server for Holdfast in containers. Written by scripts/nats-config.ts from shared/nats-server/src/permissions.ts:\n" +
    "# change it there. Passwords come from the environment; give each one a letter in front, or the server reads a number.\n\n";
  return (
    header +
    renderMeshConfig({
      users: { variables },
      listen: "0.0.0.0:4222",
      monitoring: "0.0.0.0:8222",
      storeDir: "/data",
    })
  );
}

/** The configuration text. */
export function renderMeshConfig(options: MeshConfigOptions): string {
  const jetstream = [
    ...(options.storeDir === undefined ? [] : [`store_dir: ${quote(options.storeDir)}`]),
    ...(options.syncInterval === undefined ? [] : [`sync_interval: ${quote(options.syncInterval)}`]),
  ];
  return [
    ...(options.listen === undefined ? [] : [`listen: ${quote(options.listen)}`]),
    ...(options.monitoring === undefined ? [] : [`http: ${quote(options.monitoring)}`]),
    `max_payload: ${meshMaxPayload}`,
    "jetstream {",
    ...jetstream.map((line) => `  ${line}`),
    "}",
    "authorization {",
    // a process that starts on a busy machine may need more than the usual two seconds to answer
    "  timeout: 10",
    "  users: [",
    ...meshUsers.map((user) => renderUser(user, meshPermissions[user], options.users)),
    "  ]",
    "}",
    ...(options.extra === undefined ? [] : [options.extra]),
    "",
  ].join("\n");
}

function renderUser(user: MeshUser, permissions: UserPermissions, users: MeshConfigOptions["users"]): string {
  const password = "passwords" in users ? quote(users.passwords[user]) : `$${users.variables[user]}`;
  const { publish, subscribe } = permissions;
  return [
    `    # ${user}: ${permissions.description}`,
    "    {",
    `      user: ${quote(user)}, password: ${password}`,
    "      permissions {",
    "        publish {",
    ...renderSubjects("allow", publish.allow),
    ...renderSubjects("deny", publish.deny ?? {}),
    "        }",
    "        subscribe {",
    ...renderSubjects("allow", subscribe.allow),
    ...renderSubjects("deny", subscribe.deny ?? {}),
    "        }",
    // one answer per question; an hour and a half, because CompactObject of a huge object may take an hour
    '        allow_responses { max: 1, expires: "90m" }',
    "      }",
    "    }",
  ].join("\n");
}

function renderSubjects(kind: "allow" | "deny", subjects: Subjects): string[] {
  const entries = Object.entries(subjects);
  if (entries.length === 0) return [];
  const lines = entries.map(([subject, why]) => `            ${quote(subject)} # ${why}`);
  return [`          ${kind}: [`, ...lines, "          ]"];
}

/** Double quotes: NATS reads `$x` outside of them as a variable. */
function quote(text: string): string {
  return JSON.stringify(text);
}
