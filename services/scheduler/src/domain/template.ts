/** What a deployment's replica sets should run now: its template with the images that its artifacts stand for. */
import { createHash } from "node:crypto";
import type { WorkloadComponent, WorkloadReplicaTemplate } from "@holdfast/manifests";
import type { ArtifactRecord, DeploymentRecord } from "./records.ts";

/** The template to roll out, or what it waits for. */
export type Effective = { readonly template: WorkloadReplicaTemplate } | { readonly waitingFor: string };

/** Says which content an image stood for where its name does not: a change rolls out all the same. */
export const digestAnnotation = (component: string) => `digest.holdfast.dev/${component}`;

type Content = { readonly image: string; readonly digest: string };
type Part = Pick<WorkloadComponent, "image" | "imagePullSecret" | "imagePullPolicy">;

/** Whether content has a name that other content may have tomorrow (`s3://`, `file://`). */
export const isUnnamed = ({ image, digest }: Content): boolean => digest !== "" && !image.includes(digest);

/** A host that has older content under the name must not take that for the new one. */
const pullAgain = ({ imagePullPolicy }: Part, content: Content): Pick<Part, "imagePullPolicy"> =>
  imagePullPolicy === "IfNotPresent" && isUnnamed(content) ? { imagePullPolicy: "Always" } : {};

export function effectiveTemplate(
  { manifest, pins }: DeploymentRecord,
  artifact: (name: string) => ArtifactRecord | undefined,
): Effective {
  const { template: given, artifacts, kubernetes } = manifest.spec;
  if (artifacts.length === 0 && kubernetes === undefined) return { template: given };
  const images = new Map<string, { image: string; pullSecret: string | undefined; digest: string }>();
  for (const { name, artifactFrom } of artifacts) {
    const record = artifact(artifactFrom.name);
    if (record === undefined)
      return { waitingFor: `Artifact ${manifest.metadata.namespace}/${artifactFrom.name} does not exist: apply it` };
    const { spec } = record.manifest;
    const observed = record.observed?.source === spec.image ? record.observed : undefined;
    if (observed === undefined) return { waitingFor: `Artifact ${artifactFrom.name}: its image is being looked up` };
    const pin = pins[name];
    const isPinned = pin !== undefined && pin.insteadOf === observed.digest;
    // what could not be looked up is left to the hosts, which pull it and say what is wrong
    images.set(name, {
      image: isPinned ? pin.image : observed.image || spec.image,
      pullSecret: spec.imagePullSecret?.name,
      digest: observed.digest,
    });
  }
  const withImage = <P extends Part>(part: P, name: string): P => {
    const found = images.get(name);
    if (found === undefined) return part;
    const secret = part.imagePullSecret ?? (found.pullSecret === undefined ? undefined : { name: found.pullSecret });
    return { ...part, ...pullAgain(part, found), image: found.image, ...(secret && { imagePullSecret: secret }) };
  };
  const { service } = given.spec;
  const spec = {
    ...given.spec,
    components: given.spec.components.map((component) => withImage(component, component.name)),
    ...(service && { service: withImage(service, "service") }),
    ...(kubernetes && { kubernetes: { ...kubernetes, ...given.spec.kubernetes } }),
  };
  const unnamed = [...images].filter(([, found]) => isUnnamed(found));
  const digests = Object.fromEntries(unnamed.map(([name, { digest }]) => [digestAnnotation(name), digest]));
  return { template: { ...given, annotations: { ...given.annotations, ...digests }, spec } };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => sorted(each));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, sorted(each)]));
}

/** The same text for the same value, whatever the order of its fields. */
export const canonical = (value: unknown): string => JSON.stringify(sorted(value));

const hashes = new WeakMap<WorkloadReplicaTemplate, string>();

/** Ten letters and digits that stand for a template: the end of a replica set's name. */
export function templateHash(template: WorkloadReplicaTemplate): string {
  const known = hashes.get(template) ?? computeHash(template);
  hashes.set(template, known);
  return known;
}

function computeHash(template: WorkloadReplicaTemplate): string {
  const digest = createHash("sha256").update(canonical(template)).digest();
  return BigInt(`0x${digest.subarray(0, 8).toString("hex")}`)
    .toString(36)
    .padStart(13, "0")
    .slice(-10);
}
