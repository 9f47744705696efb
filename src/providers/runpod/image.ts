/**
 * The image that pods start with unless the user names another. It is RunPod's own, so that hosts have it already and
 * boot in a minute, its `/start.sh` makes an SSH server of `PUBLIC_KEY`, and it holds a PyTorch that sees the GPU.
 * Source: RunPod REST v2, examples of CreatePodRequest.
 */
export const defaultImage = 'runpod/pytorch:1.0.2-cu1281-torch280-ubuntu2404';

/** What {@link defaultImage} was built with; a host with an older driver starts it and fails at the first tensor. */
export const lowestCuda = '12.8';

/** Sets up a server for SSH in an image that does not do so by itself. Source: RunPod, Use SSH, custom images. */
const ownSshd = [
  'command -v sshd >/dev/null || { apt-get update; DEBIAN_FRONTEND=noninteractive apt-get install -y openssh-server; }',
  'mkdir -p ~/.ssh',
  'chmod 700 ~/.ssh',
  'echo "$PUBLIC_KEY" >> ~/.ssh/authorized_keys',
  'chmod 600 ~/.ssh/authorized_keys',
  'service ssh start',
  'exec sleep infinity',
].join('; ');

/**
 * The command of a pod's container. It replaces the image's own, which it starts after the watchdog: `/start.sh` in
 * RunPod's images. Nothing in it may hold a single quote, as one more would end it while the pod is paid for.
 * @param bootLine `null`: no watchdog
 */
export function startCommand(bootLine: string | null): string {
  // A line that begins with `(` must not meet another one: bash would take `((` for arithmetic.
  const watchdog = bootLine === null ? '' : `( ${bootLine} ) & `;
  return `bash -c '${watchdog}[ -x /start.sh ] && exec /start.sh; ${ownSshd}'`;
}
