/** Where the image's files are on a simulated machine, whose `/` cannot be written. */
const imageFolder = '/opt/image';

/** What RunPod's own images start with: lets the keys of `PUBLIC_KEY` in, keeps the environment for logins, stays. */
const startSh = `#!/bin/bash
if [[ $PUBLIC_KEY ]]; then
  mkdir -p ~/.ssh
  echo "$PUBLIC_KEY" >> ~/.ssh/authorized_keys
  chmod 700 -R ~/.ssh
  service ssh start
fi
printenv | grep -E "^[A-Z_][A-Z0-9_]*=" | sed -E "s/^([^=]*)=(.*)$/export \\1=\\"\\2\\"/" > /etc/rp_environment
echo "source /etc/rp_environment" >> ~/.bashrc
exec sleep infinity
`;

/** Takes a command line apart as a container runtime does: quotes are honoured, and nothing is put in. */
const runArguments = `import os, shlex, sys
words = shlex.split(open("${imageFolder}/args").read())
os.execvp(words[0], words)
`;

/**
 * The start script of a simulated machine that does what a container of an image of RunPod's does with `args`: they
 * take the place of the image's own command.
 */
export function containerStart(args: string): string {
  const command = args.trim() === '' ? '/start.sh' : args;
  return [
    '#!/bin/bash',
    `mkdir -p ${imageFolder}`,
    fileOf('start.sh', startSh),
    fileOf('args', inImage(command)),
    fileOf('run.py', runArguments),
    `chmod 755 ${imageFolder}/start.sh`,
    `exec python3 ${imageFolder}/run.py`,
    '',
  ].join('\n');
}

function inImage(command: string): string {
  return command.replace(/(?<![\w./])\/start\.sh\b/g, `${imageFolder}/start.sh`);
}

function fileOf(name: string, content: string): string {
  const text = Buffer.from(content).toString('base64');
  return `echo ${text} | base64 -d > ${imageFolder}/${name}`;
}
