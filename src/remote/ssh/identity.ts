export type SignatureHash = 'sha1' | 'sha256' | 'sha512';

/** A key that may let us in. Its public half is known; the private half is asked for only when it would. */
export interface Identity {
  /** What a person calls it: a file, or what the agent calls it. */
  readonly name: string;
  /** The public half in SSH's wire format. */
  readonly publicBlob: Buffer;
  /** May ask a person for a passphrase. @throws {AuthError} it stays locked */
  sign(data: Buffer, hash: SignatureHash | undefined, signal: AbortSignal): Promise<Buffer>;
}
