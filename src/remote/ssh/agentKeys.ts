import type { BaseAgent, ParsedKey } from 'ssh2';
import { loadSsh2 } from './ssh2.js';
import type { Identity, SignatureHash } from './identity.js';

/** Where OpenSSH's agent listens on Windows when nobody says otherwise. */
const windowsAgent = '\\\\.\\pipe\\openssh-ssh-agent';

/** The socket of the agent: what `IdentityAgent` says, else what the environment says; an empty name is none. */
export function agentSocket(env: NodeJS.ProcessEnv, identityAgent: string | undefined): string | undefined {
  if (identityAgent === 'none') return undefined;
  if (identityAgent !== undefined && identityAgent !== 'SSH_AUTH_SOCK') return identityAgent;
  if (env.SSH_AUTH_SOCK !== undefined && env.SSH_AUTH_SOCK !== '') return env.SSH_AUTH_SOCK;
  return process.platform === 'win32' ? windowsAgent : undefined;
}

/** The keys an agent holds. Rejects when the agent does not answer. */
export async function agentIdentities(socket: string): Promise<Identity[]> {
  const { createAgent } = await loadSsh2();
  const agent: BaseAgent = createAgent(socket);
  const keys = await new Promise<readonly unknown[]>((resolve, reject) => {
    agent.getIdentities((error, found) => {
      if (error) reject(error);
      else resolve(found ?? []);
    });
  });
  return keys.filter(isParsedKey).map((key) => ({
    name: `the agent's ${key.comment || key.type}`,
    publicBlob: key.getPublicSSH(),
    sign: (data, hash) => signWith(agent, key, data, hash),
  }));
}

function signWith(
  agent: BaseAgent,
  key: ParsedKey,
  data: Buffer,
  hash: SignatureHash | undefined,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    agent.sign(key, data, hash === undefined ? {} : { hash }, (error, signature) => {
      if (signature) resolve(signature);
      else reject(error ?? new Error('The agent gave no signature.'));
    });
  });
}

function isParsedKey(key: unknown): key is ParsedKey {
  return typeof key === 'object' && key !== null && 'getPublicSSH' in key;
}
