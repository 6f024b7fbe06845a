/** Counts the uploads of each bucket, by the events that the store sends for every change. */
import { increment } from "wasi:keyvalue/atomics@0.2.0-draft";
import { open } from "wasi:keyvalue/store@0.2.0-draft";
import type { BrokerMessage } from "wasmcloud:messaging/types@0.2.0";

/** The part of S3's event message that is used here. */
type S3Event = { Records: { eventName: string; s3: { bucket: { name: string }; object: { key: string } } }[] };

export const handler = {
  handleMessage({ body }: BrokerMessage): void {
    const { Records }: S3Event = JSON.parse(new TextDecoder().decode(body));
    const counts = open("default");
    for (const { eventName, s3 } of Records) {
      if (!eventName.startsWith("ObjectCreated:")) continue;
      const uploads = increment(counts, `uploads/${s3.bucket.name}`, 1n);
      console.log(`${s3.bucket.name}/${s3.object.key} is upload ${uploads}`);
    }
  },
};
