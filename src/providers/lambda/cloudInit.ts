import { facts } from './facts.js';

/** What lies here is run by cloud-init as root, at the first boot and at every one after it. */
const bootScript = '/var/lib/cloud/scripts/per-boot/trainyard-watchdog';

/**
 * User data for cloud-init that starts the watchdog at every boot, as the user who logs in. Lambda gives machines no key
 * of their own, so it gets the key of the account, in its environment: command lines are seen by everybody. The text
 * stays on the machine, readable for root.
 * @param line one line of shell without single quotes
 */
export function userData(line: string, accountKey: string): string {
  const { keyName } = facts;
  const start = `sudo --preserve-env=${keyName} -u ubuntu -H sh -c ${quoted(line)}`;
  const content = `#!/bin/sh\n${keyName}=${quoted(accountKey)} ${start}\n`;
  // JSON is YAML, whatever the text holds.
  return `#cloud-config\n${JSON.stringify({ write_files: [{ path: bootScript, permissions: '0700', content }] })}\n`;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
