/** What a backend of wasi:blobstore is to the rest of it. Errors are plain `Error`s whose message the component gets. */

export type ContainerInfo = {
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
};

export type ObjectInfo = {
  /** Bytes. */
  readonly size: number;
  /** When it was written. Milliseconds since the epoch. */
  readonly createdAt: number;
};

/** An object that is being written: there once `finish` has resolved, and not before. */
export type ObjectWriter = {
  /** Takes bytes in, which must not be changed afterwards; resolves when there is room for more. */
  write(bytes: Uint8Array): Promise<void>;
  finish(): Promise<void>;
  /** Forgets what was written. Never rejects; does nothing after finish. */
  abort(): Promise<void>;
};

export type NamePage = {
  /** In an order of the backend's own, the same for each page. */
  readonly names: string[];
  readonly isLast: boolean;
};

/** Bytes from `start` to `end`, exclusive. */
export type Range = { readonly start: number; readonly end: number };

export type ObjectReader = { readonly range: Range; readonly bytes: AsyncIterable<Uint8Array> };

export type BlobStoreBackend = {
  /** Rejects when there is one of this name. */
  createContainer(container: string): Promise<ContainerInfo>;
  /** False also for one that this workload may not know of. */
  hasContainer(container: string): Promise<boolean>;

  // All that follows rejects when there is no such container.
  container(container: string): Promise<ContainerInfo>;
  /** An empty one. Rejects when it is not. */
  deleteContainer(container: string): Promise<void>;
  object(container: string, name: string): Promise<ObjectInfo | undefined>;
  /** `choose` is given the object's size, and may throw. Rejects when there is no such object. */
  read(container: string, name: string, choose: (size: number) => Range): Promise<ObjectReader>;
  write(container: string, name: string): Promise<ObjectWriter>;
  /** At most `max` names that come after `after`. */
  list(container: string, after: string, max: number): Promise<NamePage>;
  /** Those that are not there are no error. */
  delete(container: string, names: readonly string[]): Promise<void>;
};

export const noContainer = (name: string) => new Error(`there is no container ${JSON.stringify(name)}`);
export const noObject = (container: string, name: string) =>
  new Error(`there is no object ${JSON.stringify(name)} in ${JSON.stringify(container)}`);
export const containerExists = (name: string) => new Error(`there is a container ${JSON.stringify(name)} already`);
