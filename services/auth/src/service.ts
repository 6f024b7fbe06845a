/** auth: access keys and users. Composes the endpoints over a key store. */
import type { auth } from "@holdfast/contracts";
import type { Handlers } from "@holdfast/micro/contract";
import { createAccessKey, rotateAccessKey } from "./endpoints/create-access-key.ts";
import { getSigningKey } from "./endpoints/get-signing-key.ts";
import { importAccessKeys } from "./endpoints/import-access-keys.ts";
import { deleteAccessKey, listAccessKeys, updateAccessKey } from "./endpoints/manage-access-keys.ts";
import type { AuthParts } from "./parts.ts";

/** The handlers of the auth contract. Start as many instances over one key store as you like. */
export function createAuth(parts: AuthParts): Handlers<typeof auth> {
  return {
    GetSigningKey: getSigningKey(parts),
    CreateAccessKey: createAccessKey(parts),
    RotateAccessKey: rotateAccessKey(parts),
    ListAccessKeys: listAccessKeys(parts),
    UpdateAccessKey: updateAccessKey(parts),
    DeleteAccessKey: deleteAccessKey(parts),
    ImportAccessKeys: importAccessKeys(parts),
  };
}
