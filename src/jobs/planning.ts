import type { TrainyardHome } from '../home.js';
import type { CloudProvider } from '../providers/cloud.js';
import type { SshHosts } from '../providers/sshHosts.js';
import type { RuntimeFiles } from '../remote/runtimeFiles.js';
import type { HostOpener } from './hostOpener.js';
import type { Job } from './job.js';
import type { MayHoldKey } from './rented/guard.js';
import type { SecretSource } from './secrets.js';

/** What it takes to find out whether a job can run, and where. */
export interface Planning {
  readonly home: TrainyardHome;
  readonly sshHosts: SshHosts;
  readonly runtime: RuntimeFiles;
  readonly hosts: HostOpener;
  readonly secrets: SecretSource;
  readonly providers: { readonly clouds: readonly CloudProvider[] };
  readonly mayHoldKey: MayHoldKey;
  /** Most that all jobs of a calendar month may cost; `null`: whatever they do. */
  readonly monthlyBudgetUsd: number | null;
  /** Every job there is, for what the month has cost. */
  readonly jobs: () => Promise<readonly Job[]>;
  /** Factor on waits of our own; 1 but in tests. */
  readonly timeScale: number;
}
