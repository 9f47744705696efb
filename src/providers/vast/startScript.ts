import { InputError } from '../../errors.js';

/** What Vast.ai takes as `onstart`, which it stores and its hosts can read: nothing secret goes in. */
const mostCharacters = 4048;
/** Two words without anything a shell reads: it is written into a script. */
const bareKey = /^[\w@.-]+ [A-Za-z0-9+/=]+$/;

/**
 * What a machine runs at every start: the job's key is let in once more (Vast.ai's own way of attaching it has been seen
 * to fail), logins get no tmux and the container's environment, and the watchdog begins.
 * @throws {InputError} it is too long, or the key is not a bare one
 */
export function startScript(publicKey: string, bootLine: string | null): string {
  if (!bareKey.test(publicKey))
    throw new InputError('The SSH key of the job is not a line of a type and a key. Make the job anew.');
  const script = [
    'mkdir -p ~/.ssh && chmod 700 ~/.ssh',
    `grep -qsF "${publicKey}" ~/.ssh/authorized_keys || printf "\\n%s\\n" "${publicKey}" >> ~/.ssh/authorized_keys`,
    'touch ~/.no_auto_tmux',
    'env >> /etc/environment',
    ...(bootLine === null ? [] : [bootLine]),
  ].join('\n');
  if (script.length > mostCharacters)
    throw new InputError(
      `The start script of the machine has ${script.length} characters, and Vast.ai takes ${mostCharacters}. ` +
        'A shorter type of SSH key (ed25519) helps.',
    );
  return script;
}
