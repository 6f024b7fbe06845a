import { onObject } from "../context.ts";
import { readAnswer } from "../read-object.ts";

export const headObject = onObject((context) => readAnswer(context, { withBody: false }));
