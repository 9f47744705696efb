import * as v from 'valibot';
import { parse } from 'yaml';

/** What of a configuration is carried out. */
const configuration = v.object({
  write_files: v.optional(
    v.array(v.object({ path: v.string(), content: v.string(), permissions: v.optional(v.string(), '0644') })),
    [],
  ),
  runcmd: v.optional(v.array(v.union([v.string(), v.array(v.string())])), []),
});

const perBoot = '/var/lib/cloud/scripts/per-boot';
const done = '/var/lib/cloud/instance/boot-finished';

/**
 * What cloud-init does with user data at each boot, as a script: at the first one it writes files and runs `runcmd`, or
 * the user data itself when that is a script; at every one it runs what lies in its folder `per-boot`.
 */
export function cloudInitScript(userData: string): string {
  return [
    '#!/bin/sh',
    `mkdir -p ${perBoot} /var/lib/cloud/instance`,
    `if [ ! -e ${done} ]; then :`,
    ...filesOf(userData),
    'fi',
    `for script in ${perBoot}/*; do if [ -x "$script" ]; then "$script"; fi; done`,
    `if [ ! -e ${done} ]; then : > ${done}`,
    ...commandsOf(userData),
    'fi',
    '',
  ].join('\n');
}

function filesOf(userData: string): string[] {
  return read(userData).write_files.flatMap(({ path, content, permissions }) => {
    const encoded = Buffer.from(content).toString('base64');
    return [`echo ${encoded} | base64 -d > ${quoted(path)}`, `chmod ${permissions} ${quoted(path)}`];
  });
}

/** A list is a command with its arguments, a text is a line of shell. */
function commandsOf(userData: string): string[] {
  if (userData.startsWith('#!')) return [userData];
  return read(userData).runcmd.map((command) =>
    typeof command === 'string' ? command : command.map(quoted).join(' '),
  );
}

/** Without its first line cloud-init takes nothing for a configuration. */
function read(userData: string): v.InferOutput<typeof configuration> {
  const isConfiguration = /^#cloud-config\s*$/.test(userData.split('\n', 1)[0] ?? '');
  return v.parse(configuration, isConfiguration ? parse(userData) : {});
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
