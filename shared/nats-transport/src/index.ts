export { connect } from "./connect.ts";
export { publishPieces } from "./publish-pieces.ts";
export type { EncodedHeaders, PiecesOptions } from "./publish-pieces.ts";
