import type * as vscode from 'vscode';
import type { Fleet } from '../fleet.js';
import type { Trainyard } from '../trainyard.js';
import type { ComparisonPanels } from '../views/comparisonPanels.js';
import type { DatasetProblems } from '../views/datasetProblems.js';
import type { FleetView } from '../views/fleetView.js';
import type { FullLogs } from '../views/fullLogs.js';
import type { JobOutputs } from '../views/jobOutputs.js';
import type { JobPanels } from '../views/jobPanels.js';
import type { MachineFilesView } from '../views/machineFilesView.js';
import type { MachineFileSystem } from '../views/machineFileSystem.js';
import type { PortForwards } from '../views/portForwards.js';
import type { RemoteSshHosts } from '../views/remoteSshHosts.js';
import type { SecretStore } from '../views/secretStore.js';
import type { Sweeper } from '../views/sweeper.js';

/** What the editor's commands work with; each takes the parts it needs. */
export interface Door {
  readonly engine: Trainyard;
  readonly fleet: Fleet;
  readonly log: vscode.LogOutputChannel;
  readonly view: FleetView;
  readonly panels: JobPanels;
  readonly comparisons: ComparisonPanels;
  readonly outputs: JobOutputs;
  readonly logs: FullLogs;
  readonly ports: PortForwards;
  readonly files: MachineFileSystem;
  readonly filesView: MachineFilesView;
  readonly remoteSshHosts: RemoteSshHosts;
  readonly problems: DatasetProblems;
  readonly secrets: SecretStore;
  readonly sweeper: Sweeper;
  /** Absolute path of the samples that ship with the extension. */
  readonly samples: string;
}
