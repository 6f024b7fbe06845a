/** `holdfast key ...`: access keys, by the endpoints of auth. */
import { type AccessKey, auth } from "@holdfast/contracts";
import type { Command } from "../command.ts";
import { withService } from "../mesh-call.ts";
import { table } from "../output.ts";

const keyId = { name: "ACCESS_KEY_ID", help: "the key, as `holdfast key list` shows it" };

/** What is shown once, when a key is made. */
function newKeyText(key: AccessKey & { secretAccessKey: string }): string {
  const rights = key.admin ? `${key.user}, administrator` : key.user;
  return [
    `access key  ${key.accessKeyId}`,
    `secret      ${key.secretAccessKey}`,
    `user        ${rights}`,
    "The secret is shown only now.",
  ].join("\n");
}

const create: Command = {
  name: "key create",
  summary: "make an access key for a user",
  details: "A user may hold two keys at a time. Buckets belong to users; administrators may use every bucket.",
  positionals: [{ name: "USER", help: "1 to 64 letters, digits or any of _+=,.@-" }],
  options: { admin: { help: "the key may use every bucket" } },
  examples: ["holdfast key create alice", "holdfast key create operator --admin --output json"],
  async run(context) {
    const [user = ""] = context.positionals;
    const input = { user, admin: context.options.flag("admin") };
    const key = await withService(context, auth, (service) => service.CreateAccessKey(input));
    context.output.result(key, newKeyText(key));
  },
};

const list: Command = {
  name: "key list",
  summary: "list access keys, without their secrets",
  options: { user: { value: "NAME", help: "only this user's" } },
  async run(context) {
    const user = context.options.text("user");
    const input = user === undefined ? {} : { user };
    const { accessKeys } = await withService(context, auth, (service) => service.ListAccessKeys(input));
    const rows = accessKeys.map(({ accessKeyId, user, admin, status, createdAt }) => [
      accessKeyId,
      user,
      admin ? "yes" : "no",
      status,
      new Date(createdAt).toISOString(),
    ]);
    context.output.result({ accessKeys }, table(["ACCESS KEY", "USER", "ADMIN", "STATUS", "CREATED"], rows));
  },
};

function update(verb: "disable" | "enable", status: AccessKey["status"], effect: string): Command {
  return {
    name: `key ${verb}`,
    summary: `${verb} an access key`,
    details: effect,
    positionals: [keyId],
    async run(context) {
      const [accessKeyId = ""] = context.positionals;
      const key = await withService(context, auth, (service) => service.UpdateAccessKey({ accessKeyId, status }));
      context.output.result(key, `${accessKeyId} is ${status.toLowerCase()}`);
    },
  };
}

const rotate: Command = {
  name: "key rotate",
  summary: "make a second key for the user of this one",
  details: "Both work until the old one is revoked: give out the new one, then `holdfast key revoke` the old one.",
  positionals: [keyId],
  async run(context) {
    const [accessKeyId = ""] = context.positionals;
    const key = await withService(context, auth, (service) => service.RotateAccessKey({ accessKeyId }));
    context.output.result(key, `${newKeyText(key)}\nThe old key still works: holdfast key revoke ${accessKeyId}`);
  },
};

const revoke: Command = {
  name: "key revoke",
  summary: "revoke an access key for good",
  details: "It stops working on every edge within a second.",
  positionals: [keyId],
  async run(context) {
    const [accessKeyId = ""] = context.positionals;
    await withService(context, auth, (service) => service.DeleteAccessKey({ accessKeyId }));
    context.output.result({ accessKeyId, revoked: true }, `${accessKeyId} is revoked`);
  },
};

export const keyCommands: readonly Command[] = [
  create,
  list,
  update(
    "disable",
    "Inactive",
    "It stops working on every edge within a second; `holdfast key enable` brings it back.",
  ),
  update("enable", "Active", "Undoes `holdfast key disable`."),
  rotate,
  revoke,
];
