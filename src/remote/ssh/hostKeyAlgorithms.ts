import type { ServerHostKeyAlgorithm } from 'ssh2';

/** Best first. An RSA key can sign in three ways. */
const algorithms: readonly { readonly algorithm: ServerHostKeyAlgorithm; readonly keyType: string }[] = [
  { algorithm: 'ssh-ed25519', keyType: 'ssh-ed25519' },
  { algorithm: 'ecdsa-sha2-nistp256', keyType: 'ecdsa-sha2-nistp256' },
  { algorithm: 'ecdsa-sha2-nistp384', keyType: 'ecdsa-sha2-nistp384' },
  { algorithm: 'ecdsa-sha2-nistp521', keyType: 'ecdsa-sha2-nistp521' },
  { algorithm: 'rsa-sha2-512', keyType: 'ssh-rsa' },
  { algorithm: 'rsa-sha2-256', keyType: 'ssh-rsa' },
  { algorithm: 'ssh-rsa', keyType: 'ssh-rsa' },
];

/** The order to ask a server for its host key in: first the types we know of it, so that it shows one of those. */
export function hostKeyAlgorithms(knownTypes: readonly string[]): ServerHostKeyAlgorithm[] {
  const known = algorithms.filter(({ keyType }) => knownTypes.includes(keyType));
  const others = algorithms.filter(({ keyType }) => !knownTypes.includes(keyType));
  return [...known, ...others].map(({ algorithm }) => algorithm);
}
