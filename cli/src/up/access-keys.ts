/** The keys of `holdfast up`: the first one, made at the first start, or those of a credentials file. */
import { auth } from "@holdfast/contracts";
import { client } from "@holdfast/micro";
import type { NatsConnection } from "@nats-io/transport-node";
import { type Credential, parseCredentials } from "../credentials-file.ts";
import { type Home, readTextFile, writeSecretFile } from "../home.ts";
import { explain } from "../mesh-call.ts";
import type { Output } from "../output.ts";

/**
 * Whom the first key and the keys of a credentials file belong to. One user and an administrator: whoever comes from a gateway
 * with such a file expects that each of its keys sees every bucket, also those that plain NATS clients made.
 */
const owner = { user: "default", admin: true };
const importedAtOnce = 500;

/** The key to tell the user; undefined when there are keys, but none that this data folder knows the secret of. */
export async function prepareAccessKeys(
  nc: NatsConnection,
  { home, output, given }: { home: Home; output: Output; given: readonly Credential[] | undefined },
): Promise<Credential | undefined> {
  const service = client(nc, auth);
  try {
    if (given !== undefined) return await importKeys(service, output, given);
    const { accessKeys } = await service.ListAccessKeys({});
    const known = await ownKey(home);
    const listed = accessKeys.find(({ accessKeyId }) => accessKeyId === known?.accessKeyId);
    if (listed?.status === "Active") return known;
    if (accessKeys.length === 0) return await makeFirstKey(service, home, output);
    output.warn(
      known === undefined
        ? "there are access keys, but this folder does not know their secrets: use them, or holdfast key create"
        : `access key ${known.accessKeyId} of ${home.credentialsFile} is ${listed === undefined ? "revoked" : "disabled"}: see holdfast key`,
    );
    return undefined;
  } catch (error) {
    throw explain(error, auth.name);
  }
}

type Auth = ReturnType<typeof client<typeof auth>>;

async function importKeys(
  service: Auth,
  output: Output,
  given: readonly Credential[],
): Promise<Credential | undefined> {
  let imported = 0;
  for (let i = 0; i < given.length; i += importedAtOnce) {
    const accessKeys = given.slice(i, i + importedAtOnce).map((credential) => ({ ...credential, ...owner }));
    imported += (await service.ImportAccessKeys({ accessKeys })).imported;
  }
  output.done(`${given.length} access keys of the credentials file, ${imported} of them new or changed`);
  return given[0];
}

async function makeFirstKey(service: Auth, home: Home, output: Output): Promise<Credential> {
  const { accessKeyId, secretAccessKey } = await service.CreateAccessKey(owner);
  const file = { credentials: [{ accessKey: accessKeyId, secretKey: secretAccessKey }] };
  await writeSecretFile(home.credentialsFile, `${JSON.stringify(file, null, 2)}\n`);
  output.done(`first access key, kept in ${home.credentialsFile}`);
  return { accessKeyId, secretAccessKey };
}

async function ownKey(home: Home): Promise<Credential | undefined> {
  const text = await readTextFile(home.credentialsFile);
  return text === undefined ? undefined : parseCredentials(text, home.credentialsFile)[0];
}
