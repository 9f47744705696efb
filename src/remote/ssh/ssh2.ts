export type Ssh2 = typeof import('ssh2');

/** ssh2 is large: it is loaded with the first connection, never at activation. */
export async function loadSsh2(): Promise<Ssh2> {
  return (await import('ssh2')).default;
}
