/** The trailer of an aws-chunked body: announced checksums, and the signature over them. */
import { s3Error } from "../errors.ts";
import { canonicalTrailer, type SignatureChain } from "./chunk-signatures.ts";
import { signatureDoesNotMatch } from "./errors.ts";
import { incompleteBody } from "./incomplete-body.ts";
import { isSameSignature } from "./signing.ts";

const signatureName = "x-amz-trailer-signature";

/** Takes the trailer's lines in order; the result is there after `finish`. */
export class TrailerReader {
  readonly values = new Map<string, string>();
  readonly #announced: ReadonlySet<string>;
  readonly #chain: SignatureChain | undefined;
  #signature: string | undefined;

  /** With a chain the trailer must be signed; without one it must not. */
  constructor(announced: readonly string[], chain: SignatureChain | undefined) {
    this.#announced = new Set(announced);
    this.#chain = chain;
  }

  /** One line without its CRLF. Throws MalformedTrailerError for a name not announced or given twice. */
  line(text: string): void {
    // The MinIO client ends a trailer's line with LF and CRLF; AWS takes it.
    const [name = "", value] = text.replace(/(?<=\S)\n$/, "").split(/:(.*)/s);
    const lower = name.toLowerCase();
    // Nothing comes behind the signature.
    if (value === undefined || this.#signature !== undefined) throw s3Error("MalformedTrailerError");
    const trimmed = value.replace(/^[ \t]+|[ \t]+$/g, "");
    if (!/^[\x21-\x7e]*$/.test(trimmed)) throw s3Error("MalformedTrailerError");
    if (lower === signatureName && this.#chain !== undefined) {
      this.#signature = trimmed;
      return;
    }
    if (!this.#announced.has(lower) || this.values.has(lower)) throw s3Error("MalformedTrailerError");
    this.values.set(lower, trimmed);
  }

  /**
   * The body has ended. Throws MalformedTrailerError (an announced one is missing), IncompleteBody (the signature is), or
   * SignatureDoesNotMatch.
   */
  finish(): void {
    for (const name of this.#announced) {
      if (!this.values.has(name)) throw s3Error("MalformedTrailerError");
    }
    if (this.#chain === undefined) return;
    if (this.#signature === undefined) throw incompleteBody();
    const link = this.#chain.trailer(canonicalTrailer(this.values));
    if (isSameSignature(this.#signature, link.signature)) return;
    throw signatureDoesNotMatch({
      accessKeyId: this.#chain.accessKeyId,
      stringToSign: link.stringToSign,
      signature: this.#signature,
    });
  }
}
