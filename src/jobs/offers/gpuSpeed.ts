import { isGpu } from '../../providers/gpuNames.js';

/**
 * Of a GPU's data sheet: teraflops of dense 16-bit tensor arithmetic that sums in 32 bit, and gigabytes a second of its
 * memory. The first that fits a name counts: special forms stand before the plain one.
 */
const dataSheets: readonly (readonly [name: string, teraflops: number, gbPerSecond: number])[] = [
  ['B200', 2250, 8000],
  ['H200', 989, 4800],
  ['GH200', 989, 4000],
  ['H100 SXM', 989, 3350],
  ['H100 NVL', 835, 3900],
  ['H100', 756, 2000],
  ['A100 SXM', 312, 2039],
  ['A100', 312, 1555],
  ['RTX PRO 6000', 504, 1792],
  ['L40S', 362, 864],
  ['L40', 181, 864],
  ['L4', 121, 300],
  ['A40', 150, 696],
  ['A30', 165, 933],
  ['A10', 125, 600],
  ['V100', 125, 900],
  ['T4', 65, 320],
  ['RTX 6000 Ada', 364, 960],
  ['RTX 5000 Ada', 261, 576],
  ['RTX 4000 Ada', 107, 360],
  ['RTX A6000', 155, 768],
  ['RTX A5000', 111, 768],
  ['RTX A4500', 95, 640],
  ['RTX A4000', 77, 448],
  ['RTX 5090', 209, 1792],
  ['RTX 5080', 113, 960],
  ['RTX 4090', 165, 1008],
  ['RTX 4080 SUPER', 104, 736],
  ['RTX 4080', 97, 717],
  ['RTX 4070 Ti SUPER', 88, 672],
  ['RTX 4070 Ti', 80, 504],
  ['RTX 4060 Ti', 44, 288],
  ['RTX 3090 Ti', 80, 1008],
  ['RTX 3090', 71, 936],
  ['RTX 3080 Ti', 68, 912],
  ['RTX 3080', 60, 760],
  ['RTX 3070', 41, 448],
  ['RTX 3060', 26, 360],
  ['RTX 2080 Ti', 54, 616],
];

/** The V100's. */
const reference = { teraflops: 125, gbPerSecond: 900 };
/** What a second GPU of the same machine adds: some of its time goes into keeping in step. */
const shareOfAnother = 0.8;

/**
 * How much faster than one V100 a machine trains, the GPU that recipes state their hours for. It is the geometric mean
 * of arithmetic and memory speed, because trainings are bound by one or the other: a guess that can be wrong by half,
 * good enough to tell a dollar from ten.
 * @returns `null` for a GPU that is not in the table
 */
export function relativeSpeed(gpu: string, count: number): number | null {
  const sheet = dataSheets.find(([name]) => isGpu(gpu, name));
  if (!sheet) return null;
  const [, teraflops, gbPerSecond] = sheet;
  const one = Math.sqrt((teraflops / reference.teraflops) * (gbPerSecond / reference.gbPerSecond));
  return one * (1 + shareOfAnother * (Math.max(1, count) - 1));
}
