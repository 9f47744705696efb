import type { BaseAgent, ParsedKey, SignCallback, SigningRequestOptions } from 'ssh2';
import { messageOf } from '../../errors.js';
import type { Identity, SignatureHash } from './identity.js';
import type { Ssh2 } from './ssh2.js';

export type SignRequest = (
  identity: Identity,
  data: Buffer,
  hash: SignatureHash | undefined,
) => Promise<Buffer>;

/**
 * Shows our keys to ssh2 as an agent would. So the server is first asked which public key it would take, and only
 * then is a private key used, which may mean asking for its passphrase.
 */
export function identityAgent(
  Base: Ssh2['BaseAgent'],
  identities: readonly Identity[],
  sign: SignRequest,
): BaseAgent<ParsedKey | Buffer> {
  return new (class extends Base<ParsedKey | Buffer> {
    override getIdentities(found: (error: undefined, keys: Buffer[]) => void): void {
      found(
        undefined,
        identities.map(({ publicBlob }) => publicBlob),
      );
    }

    override sign(
      key: ParsedKey | Buffer,
      data: Buffer,
      options: SigningRequestOptions | SignCallback,
      callback: SignCallback = () => undefined,
    ): void {
      const [hash, signed] = typeof options === 'function' ? [undefined, options] : [options.hash, callback];
      const blob = Buffer.isBuffer(key) ? key : key.getPublicSSH();
      const identity = identities.find(({ publicBlob }) => publicBlob.equals(blob));
      const signature = identity
        ? sign(identity, data, hash)
        : Promise.reject(new Error('The key asked for is not one that was offered.'));
      signature.then(
        (bytes) => signed(null, bytes),
        (error: unknown) => signed(error instanceof Error ? error : new Error(messageOf(error))),
      );
    }
  })();
}
