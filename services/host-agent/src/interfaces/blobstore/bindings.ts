/** `wasi:blobstore` as a component sees it: containers and streams here, what they stand for behind the backend. */
import { suspending } from "@holdfast/component-host";
import { suspendingMethods } from "@holdfast/wasi";
import type { BindInterface, Remote } from "../../bindings.ts";
import { incomingValueClass } from "./incoming-value.ts";
import { objectNamesClass } from "./object-names.ts";
import type { BlobStoreOperations, ObjectId } from "./operations.ts";
import { type OutgoingValue, outgoingValueClass } from "./outgoing-value.ts";

export const bind: BindInterface<BlobStoreOperations> = (backend) => {
  const IncomingValue = incomingValueClass(backend);
  const StreamObjectNames = objectNamesClass(backend);
  const Container = containerClass(backend, IncomingValue, StreamObjectNames);

  return {
    "wasi:blobstore/types@0.2.0-draft": { OutgoingValue: outgoingValueClass(backend), IncomingValue },
    "wasi:blobstore/container@0.2.0-draft": { Container, StreamObjectNames },
    "wasi:blobstore/blobstore@0.2.0-draft": {
      createContainer: suspending(async (name: string) => new Container((await backend.createContainer(name)).name)),
      getContainer: suspending(async (name: string) => new Container((await backend.getContainer(name)).name)),
      deleteContainer: suspending((name: string) => backend.deleteContainer(name)),
      containerExists: suspending((name: string) => backend.containerExists(name)),
      copyObject: suspending((from: ObjectId, to: ObjectId) => backend.copyObject(from, to)),
      moveObject: suspending((from: ObjectId, to: ObjectId) => backend.moveObject(from, to)),
    },
  };
};

function containerClass(
  backend: Remote<BlobStoreOperations>,
  IncomingValue: ReturnType<typeof incomingValueClass>,
  StreamObjectNames: ReturnType<typeof objectNamesClass>,
) {
  return class Container {
    readonly #name: string;

    constructor(name: string) {
      this.#name = name;
    }

    name(): string {
      return this.#name;
    }

    info() {
      return backend.getContainer(this.#name);
    }

    async getData(name: string, start: bigint, end: bigint) {
      return new IncomingValue(await backend.openRead(this.#name, name, start, end));
    }

    writeData(name: string, data: OutgoingValue): Promise<void> {
      return data.writeTo(this.#name, name);
    }

    listObjects() {
      return new StreamObjectNames(this.#name);
    }

    deleteObject(name: string): Promise<void> {
      return backend.deleteObjects(this.#name, [name]);
    }

    deleteObjects(names: string[]): Promise<void> {
      return backend.deleteObjects(this.#name, names);
    }

    hasObject(name: string): Promise<boolean> {
      return backend.hasObject(this.#name, name);
    }

    objectInfo(name: string) {
      return backend.objectInfo(this.#name, name);
    }

    clear(): Promise<void> {
      return backend.clear(this.#name);
    }

    static {
      suspendingMethods(this.prototype, "info", "getData", "writeData", "deleteObject", "deleteObjects");
      suspendingMethods(this.prototype, "hasObject", "objectInfo", "clear");
    }
  };
}
