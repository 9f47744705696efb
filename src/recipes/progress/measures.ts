/** What trainings measure, for patterns: the last word of a name. */
export const measure =
  'loss|acc|accuracy|auc|auroc|f1|f1[_-]score|precision|recall|iou|miou|map|mAP|dice|bleu|rouge|rougel|perplexity|ppl|reward|score|mae|mse|rmse|r2|psnr|ssim|wer|cer|Acc@\\d|top-?\\d';

const measureName = new RegExp(`(?:^|[_ /@-])(?:${measure})(?:@[\\d.:]{1,9})?$`, 'i');

/** Whether a name is surely that of a measure: settings look the same. */
export function isMeasure(name: string): boolean {
  return measureName.test(name);
}
