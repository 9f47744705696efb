import type { SshCandidate } from '../cloud.js';
import type { Contract } from './answers.js';
import { toState } from './states.js';

/**
 * Ways to a machine's SSH server: straight to its host, which many a firewall forbids, then through Vast.ai's relay,
 * which is slower. None while it has no address, or does not run.
 */
export function toCandidates(contract: Contract): SshCandidate[] {
  const state = toState(contract);
  if (state !== 'running' && state !== 'unknown') return [];
  // Addresses come with blanks around them.
  const direct = toCandidate(contract.public_ipaddr?.trim(), contract.ports?.['22/tcp']?.[0]?.HostPort);
  // A machine that was started with Jupyter has that on the port before.
  const step = contract.image_runtype?.includes('jupyter') === true ? 1 : 0;
  const relayPort = typeof contract.ssh_port === 'number' ? contract.ssh_port + step : undefined;
  return [direct, toCandidate(contract.ssh_host?.trim(), relayPort)].filter((each) => each !== undefined);
}

function toCandidate(host: string | undefined, port: number | null | undefined): SshCandidate | undefined {
  if (host === undefined || host === '' || typeof port !== 'number') return undefined;
  return port > 0 && port < 65_536 ? { host, port, user: 'root' } : undefined;
}
