import { onObject } from "../context.ts";
import { readAnswer } from "../read-object.ts";

export const getObject = onObject((context) => readAnswer(context, { withBody: true }));
