/** A turn of writes, each looked at once through the next edge: what was acknowledged must be there, what was deleted must not. */
import { RequestFailed, type S3Client } from "@holdfast/test-bench";
import { listPage } from "../measure/list.ts";

const bodyBytes = 4 * 1024;
/** One turn of so many lists, one of so many deletes. */
const listEvery = 4;
const deleteEvery = 2;

export type Mix = {
  /** PUT, GET, overwrite, GET, and now and then LIST and DELETE, of a key of its own; gives the bytes it moved. */
  readonly turn: (index: number) => Promise<number>;
  /** Requests so far. */
  requests(): number;
  /** How often something acknowledged was looked for through another edge, and what was not as it had to be. */
  seen(): { readonly looks: number; readonly unseen: readonly string[] };
};

export function createMix(edges: readonly S3Client[], bucket: string): Mix {
  let [requests, looks] = [0, 0];
  const unseen: string[] = [];
  const edge = (index: number): S3Client => {
    const client = edges[index % edges.length];
    if (client === undefined) throw new Error("a mix needs an edge");
    requests++;
    return client;
  };
  const look = (what: string, isSeen: boolean) => {
    looks++;
    if (!isSeen) unseen.push(what);
  };
  const put = (at: number, key: string, body: Buffer) =>
    edge(at).succeed({ method: "PUT", path: `/${bucket}/${key}`, body });
  const get = (at: number, key: string) => edge(at).send({ method: "GET", path: `/${bucket}/${key}`, keepBody: true });
  const isListed = async (at: number, key: string) => (await listPage(edge(at), bucket, "", key)).includes(key);
  const isThere = async (at: number, key: string, body: Buffer) => {
    const { status, body: got } = await get(at, key);
    // refused is not unseen: it counts as an error of the turn
    if (status !== 200 && status !== 404) throw new RequestFailed(String(status), `GET ${key}: ${status}`);
    return got !== undefined && body.equals(got);
  };

  const turn = async (index: number): Promise<number> => {
    const key = `turn-${String(index).padStart(9, "0")}`;
    const [first, second] = ["first", "second"].map((word) => Buffer.alloc(bodyBytes, `${key} ${word} `));
    if (first === undefined || second === undefined) return 0;
    await put(index, key, first);
    look(`GET of ${key}`, await isThere(index + 1, key, first));
    if (index % listEvery === 0) look(`LIST of ${key}`, await isListed(index + 1, key));
    await put(index + 1, key, second);
    look(`GET of the overwritten ${key}`, await isThere(index, key, second));
    if (index % deleteEvery === 0) await deleteAndLook(index, key);
    return 4 * bodyBytes;
  };

  const deleteAndLook = async (index: number, key: string) => {
    await edge(index).succeed({ method: "DELETE", path: `/${bucket}/${key}` });
    const { status } = await get(index + 1, key);
    look(`404 of the deleted ${key} (${status})`, status === 404);
    if (index % listEvery === 0) look(`LIST without the deleted ${key}`, !(await isListed(index + 1, key)));
  };

  return { turn, requests: () => requests, seen: () => ({ looks, unseen }) };
}
