import { parseCount } from '../numbers.js';
import type { Line } from '../line.js';
import type { Detector, Observation } from '../observation.js';

interface Landmark {
  /** Text that every such line holds; a cheap test for all landmarks at once. */
  readonly marker: string;
  readonly pattern: RegExp;
  readonly read: (groups: RegExpExecArray) => Observation;
}

const finished = (): Observation => ({ kind: 'silent', finished: true });
const saveDir = ([, path = '']: RegExpExecArray): Observation => ({ kind: 'silent', saveDir: path.trim() });
const checkpoint = ([, path = '']: RegExpExecArray): Observation => ({
  kind: 'silent',
  checkpoint: path.trim(),
});
const totalEpochs = ([, total = '']: RegExpExecArray): Observation => ({
  kind: 'silent',
  totalEpochs: parseCount(total),
});
const totalSteps = ([, total = '']: RegExpExecArray): Observation => ({
  kind: 'silent',
  totalSteps: parseCount(total),
  scope: 'run',
});

/** What the program will do: how long, and which program it is. */
const beginnings: readonly Landmark[] = [
  {
    marker: 'Starting ',
    pattern: /^\s{0,8}Starting (?:training|.{1,300} training on .{1,300}) for (\d{1,6}) epochs\.\.\./,
    read: (groups) => ({ ...totalEpochs(groups), guess: 'ultralytics' }),
  },
  { marker: 'total epochs', pattern: /from epoch \d{1,6} to (\d{1,6}) total epochs/, read: totalEpochs },
  { marker: 'YOLOv5 ', pattern: /^YOLOv5 \S{1,4} /, read: () => ({ guess: 'yolov5', kind: 'silent' }) },
  {
    marker: 'Ultralytics ',
    pattern: /^Ultralytics (?:YOLO\S{0,8} ?)?\S{1,4}|^Ultralytics YOLO/,
    read: () => ({ guess: 'ultralytics', kind: 'silent' }),
  },
  {
    marker: 'Running training',
    pattern: /\*{5} Running training \*{5}/,
    read: () => ({ guess: 'hf-trainer', kind: 'silent', restart: true }),
  },
  {
    marker: 'Num Epochs = ',
    pattern: /Num Epochs = ([\d,]{1,12})(?:.{0,40}Total (?:optimization )?steps = ([\d,]{1,16}))?/,
    read: readTrainerHeader,
  },
  {
    marker: 'Total optimization steps = ',
    pattern: /Total optimization steps = ([\d,]{1,16})/,
    read: totalSteps,
  },
  { marker: 'Total steps = ', pattern: /Total steps = ([\d,]{1,16})/, read: totalSteps },
  {
    marker: 'running training / ',
    pattern: /running training \/ /,
    read: () => ({ framework: 'kohya', kind: 'silent' }),
  },
  { marker: 'num epochs / ', pattern: /num epochs \/ [^:]{0,20}: (\d{1,6})/, read: totalEpochs },
  {
    marker: 'total optimization steps / ',
    pattern: /total optimization steps \/ [^:]{0,20}: (\d{1,12})/,
    read: totalSteps,
  },
  {
    marker: '# Running job: ',
    pattern: /# Running job: /,
    read: () => ({ framework: 'ai-toolkit', kind: 'silent' }),
  },
  {
    marker: 'PU available: ',
    pattern: /^(?:GPU|TPU|HPU) available: (?:True|False)/,
    read: () => ({ guess: 'lightning', kind: 'silent' }),
  },
  { marker: 'max_epochs=', pattern: /\btrainer\.max_epochs=(\d{1,6})/, read: totalEpochs },
  {
    marker: 'Starting training from iteration',
    pattern: /Starting training from iteration \d/,
    read: () => ({ guess: 'detectron2', kind: 'silent' }),
  },
];

/** Where the results are. */
const places: readonly Landmark[] = [
  { marker: 'Logging results to ', pattern: /Logging results to (.{1,1000})$/, read: saveDir },
  { marker: 'Results saved to ', pattern: /Results saved to (.{1,1000})$/, read: saveDir },
  {
    marker: 'Checkpoints will be saved to ',
    pattern: /Checkpoints will be saved to (.{1,1000}?)\.?$/,
    read: saveDir,
  },
  {
    marker: 'Optimizer stripped from ',
    pattern: /Optimizer stripped from (.{1,1000}?)(?:, [\d.]{1,12}MB)?$/,
    read: checkpoint,
  },
  {
    marker: 'aving model checkpoint to ',
    pattern: /aving model checkpoint to (.{1,1000})$/,
    read: checkpoint,
  },
  { marker: 'saving checkpoint: ', pattern: /saving checkpoint: (.{1,1000})$/, read: checkpoint },
  {
    marker: 'saving model to ',
    pattern: /saving model to '?(.{1,1000}?)'?(?: as top \d{1,4})?$/,
    read: checkpoint,
  },
];

/** How a training says that it is done. */
const endings: readonly Landmark[] = [
  {
    marker: ' epochs completed in ',
    pattern: /^\s{0,8}\d{1,6} epochs completed in [\d.]{1,12} hours/,
    read: finished,
  },
  {
    marker: 'no improvement',
    pattern: /(?:Training stopped early|Stopping training early) as no improvement/,
    read: finished,
  },
  {
    marker: '`Trainer.fit` stopped: ',
    pattern: /`Trainer\.fit` stopped: `max_(epochs|steps)=(\d{1,12})` reached/,
    read: ([, unit, total = '']) => ({
      framework: 'lightning',
      kind: 'silent',
      finished: true,
      ...(unit === 'epochs' && { totalEpochs: Number(total) }),
    }),
  },
  { marker: ': early stopping', pattern: /^Epoch \d{1,6}: early stopping/, read: finished },
  {
    marker: '[LightGBM] [Info] Finish',
    pattern: /\[LightGBM\] \[Info\] Finish(?:ed training| train)/,
    read: () => ({ ...finished(), framework: 'lightgbm' }),
  },
  {
    marker: 'did not improve more than tol',
    pattern: /did not improve more than tol=.{1,60} Stopping/,
    read: finished,
  },
  {
    marker: ' total leaves)',
    pattern: /^Fit \d{1,9} trees in /,
    read: () => ({ ...finished(), framework: 'sklearn' }),
  },
  { marker: 'Total training time: ', pattern: /^Total training time: .{1,40} on hooks\)/, read: finished },
  { marker: 'Training time ', pattern: /^Training time \d{1,4}:\d\d:\d\d/, read: finished },
  { marker: 'raining of experiment is done', pattern: /Training of experiment is done/, read: finished },
  { marker: ' completed job', pattern: /^ {0,4}- [1-9]\d{0,5} completed jobs?/, read: finished },
  { marker: 'model saved.', pattern: /^\s{0,4}model saved\.\s{0,4}$/, read: finished },
  { marker: 'inished ', pattern: /^\W{0,6}Finished training\W{0,4}$/i, read: finished },
  {
    marker: 'raining ',
    pattern: /^\W{0,6}training (?:is |has )?(?:complete|completed|finished|done)\b/i,
    read: finished,
  },
];

const landmarks = [...beginnings, ...places, ...endings];
const gate = new RegExp(
  landmarks.map(({ marker }) => marker.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'),
);

/** The lines between the numbers: totals, folders, ends. */
export class LandmarkDetector implements Detector {
  read({ text, bar }: Line): Observation | undefined {
    if (bar || !gate.test(text)) {
      return undefined;
    }
    for (const { marker, pattern, read } of landmarks) {
      const match = text.includes(marker) ? pattern.exec(text) : null;
      if (match) {
        return read(match);
      }
    }
    return undefined;
  }
}

function readTrainerHeader([, epochs = '', steps]: RegExpExecArray): Observation {
  return {
    kind: 'silent',
    guess: 'hf-trainer',
    totalEpochs: parseCount(epochs),
    ...(steps !== undefined && { totalSteps: parseCount(steps), scope: 'run' }),
  };
}
