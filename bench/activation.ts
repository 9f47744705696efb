/**
 * How long our own code keeps the editor's start: importing the built extension, then `activate`, each time in a fresh
 * process (files warm) with a stand-in for the editor's API, so that nothing but our code is measured. The budget is
 * 50 ms. What VS Code shows under "Developer: Startup Performance" also counts waiting for other extensions.
 *
 * npm run bench activation
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const runs = 15;
const repository = join(import.meta.dirname, '..');

/** Any property, call or construction of it is another one of it. */
const standIn = `
  const any = new Proxy(function () {}, {
    get: (_, name) => (name === Symbol.toPrimitive ? () => '' : name === 'then' ? undefined : any),
    apply: () => any,
    construct: () => any,
    set: () => true,
  });
  const settings = { getConfiguration: () => ({ get: (_, fallback) => fallback }) };
  export const workspace = new Proxy(settings, { get: (own, name) => own[name] ?? any });
  export const { window, commands, l10n, env, Uri, ThemeIcon, ThemeColor, EventEmitter, TreeItem,
    MarkdownString, StatusBarAlignment, TreeItemCollapsibleState, ViewColumn, ProgressLocation, CancellationError,
    QuickPickItemKind, QuickInputButtons, Disposable, ConfigurationTarget, FileType, RelativePattern, languages,
    Diagnostic, DiagnosticSeverity, CodeAction, CodeActionKind, Range, extensions, lm, tasks } = any;
  export default any;`;
const child = `
  import { register } from 'node:module';
  const standIn = 'data:text/javascript,' + encodeURIComponent(${JSON.stringify(standIn)});
  register('data:text/javascript,' + encodeURIComponent(
    'export const resolve = (name, context, next) => name === "vscode" ? { url: ' + JSON.stringify(standIn) +
    ', shortCircuit: true } : next(name, context);'));
  await import('vscode');
  const began = performance.now();
  const { activate } = await import(${JSON.stringify(pathToFileURL(join(repository, 'dist/extension.js')).href)});
  const loaded = performance.now();
  const nothing = { onDidChange: () => ({ dispose: () => {} }), get: async () => undefined };
  activate({ subscriptions: [], extensionPath: ${JSON.stringify(repository)}, extensionUri: {}, secrets: nothing, workspaceState: { get: () => undefined } });
  console.log(JSON.stringify([loaded - began, performance.now() - loaded]));
  process.exit();`;

const times: [number, number][] = [];
for (let run = 0; run <= runs; run += 1) {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', child], {
    env: { ...process.env, TRAINYARD_HOME: join(repository, 'out/bench-home') },
  });
  times.push(JSON.parse(stdout) as [number, number]);
}
const warm = times.slice(1);
const load = median(warm.map(([ms]) => ms));
const activation = median(warm.map(([, ms]) => ms));
console.log(`import     ${load.toFixed(1)} ms, median of ${runs} fresh processes`);
console.log(`activate   ${activation.toFixed(1)} ms`);
console.log(`together   ${(load + activation).toFixed(1)} ms (budget 50)`);

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
