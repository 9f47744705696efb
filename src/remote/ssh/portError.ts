import { ConnectionError, MachineError, messageOf } from '../../errors.js';

/** RFC 4254, 5.1: why a server opens no channel. */
const prohibited = 1;

/** Why a machine does not lead us to one of its own ports. */
export function portError(machine: string, port: number, cause: Error): ConnectionError | MachineError {
  if ('reason' in cause && cause.reason === prohibited) {
    return new MachineError(
      `${machine} does not let its ports be forwarded. Set AllowTcpForwarding yes in its sshd_config.`,
      { cause },
    );
  }
  return new ConnectionError(
    `Nothing answers at port ${port} of ${machine} (${messageOf(cause)}). Start the program that should, and try again.`,
    'connect',
    { cause },
  );
}
