import type { MachineImage } from '../cloud.js';

/**
 * The images that pods start with unless the user names another. They are RunPod's own, so that hosts have them already
 * and boot in a minute, and their `/start.sh` makes an SSH server of `PUBLIC_KEY`.
 * Source: RunPod REST v2, examples of CreatePodRequest; the official templates.
 */
export const images: Readonly<Record<MachineImage, string>> = {
  pytorch: 'runpod/pytorch:1.0.2-cu1281-torch280-ubuntu2404',
  python: 'runpod/base:1.0.2-ubuntu2404',
};

/** What the PyTorch image was built with; a host with an older driver starts it and fails at the first tensor. */
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
