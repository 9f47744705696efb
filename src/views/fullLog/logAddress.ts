/** The scheme of documents that show a page of a job's log. */
export const logScheme = 'trainyard-log';

/** A page of a job's log; pages count from 1. */
export interface LogAddress {
  readonly jobId: string;
  readonly page: number;
}

/** `/digits-7f3k2a.log`, `/digits-7f3k2a part 3.log`: the last part is what the tab says. */
export const pathOfLog = ({ jobId, page }: LogAddress): string =>
  page === 1 ? `/${jobId}.log` : `/${jobId} part ${page}.log`;

/** What {@link pathOfLog} made; `undefined` for another path. */
export function parseLogPath(path: string): LogAddress | undefined {
  const [, jobId, page = '1'] = /^\/([\w-]+)(?: part (\d{1,9}))?\.log$/.exec(path) ?? [];
  return jobId === undefined ? undefined : { jobId, page: Number(page) };
}

/** The name of a job's output channel. The id is in it because two jobs of one dataset have the same name. */
export const outputName = (jobId: string): string => `Trainyard: ${jobId}`;

/** The job whose output channel a document of VS Code's scheme `output` shows; its path ends with the channel's name. */
export function jobOfOutput(path: string): string | undefined {
  return /^extension-output-trainyard\.trainyard-#\d+-Trainyard: ([\w-]+)$/.exec(path)?.[1];
}
