import { EpochNumbering } from '../epochNumbering.js';
import type { Detector, RunView } from '../observation.js';
import { BoostingDetector } from './boosting.js';
import { Detectron2Detector } from './detectron2.js';
import { DiffusionDetector } from './diffusion.js';
import { FastaiDetector } from './fastai.js';
import { HfTrainerDetector } from './hfTrainer.js';
import { KerasDetector } from './keras.js';
import { LandmarkDetector } from './landmarks.js';
import { LightningDetector } from './lightning.js';
import { MegatronDetector } from './megatron.js';
import { MetricLoggerDetector } from './metricLogger.js';
import { NotebookProgressDetector } from './notebookProgress.js';
import { OpenMmlabDetector } from './openMmlab.js';
import { PlainDetector } from './plain.js';
import { SklearnDetector } from './sklearn.js';
import { TimmDetector } from './timm.js';
import { TqdmDetector } from './tqdm.js';
import { UltralyticsDetector } from './ultralytics.js';
import { YoloxDetector } from './yolox.js';

/** Strong shapes first: the first detector that understands a line keeps it. */
export function createDetectors(run: RunView): readonly Detector[] {
  const numbering = new EpochNumbering();
  const bars = new TqdmDetector(run, numbering);
  return [
    new DiffusionDetector(run),
    new HfTrainerDetector(run, numbering),
    new NotebookProgressDetector(run),
    new UltralyticsDetector(run),
    new KerasDetector(run),
    new BoostingDetector(),
    new OpenMmlabDetector(),
    new YoloxDetector(),
    new Detectron2Detector(),
    new TimmDetector(),
    new MetricLoggerDetector(),
    new FastaiDetector(),
    new SklearnDetector(),
    new MegatronDetector(),
    new LightningDetector(run),
    new LandmarkDetector(),
    bars,
    new PlainDetector(run, numbering, bars),
  ];
}
