import type { BigIntStats } from 'node:fs';

/** What changes when a file's content may have: compared before and after reading, and kept beside its hash. */
export interface FileVersion {
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
  /** Time of the last change of content or attributes; nobody can set it, so an old mtime put back is noticed. */
  readonly ctimeNs: bigint;
  readonly inode: bigint;
}

export function versionOf(status: BigIntStats): FileVersion {
  return {
    sizeBytes: Number(status.size),
    mtimeNs: status.mtimeNs,
    ctimeNs: status.ctimeNs,
    inode: status.ino,
  };
}

export function isSameVersion(a: FileVersion, b: FileVersion): boolean {
  return (
    a.sizeBytes === b.sizeBytes && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs && a.inode === b.inode
  );
}
