import { tableParameters } from '../datasets/tableParameters.js';
import type { Parameter } from '../recipe.js';

export const backbones = [
  'small',
  'resnet18',
  'resnet34',
  'resnet50',
  'mobilenet_v3_small',
  'efficientnet_b0',
  'convnext_tiny',
  'vit_b_16',
] as const;
export type Backbone = (typeof backbones)[number];

const { target, task, testSize, seed, file, ignore } = tableParameters;

const learning: readonly Parameter[] = [
  {
    name: 'model',
    type: 'choice',
    choices: ['auto', ...backbones],
    default: 'auto',
    help: 'The network for images; auto takes small for images up to 64 pixels and resnet18 for others.',
  },
  {
    name: 'epochs',
    type: 'integer',
    minimum: 1,
    maximum: 10_000,
    default: 30,
    help: 'Times to go through the data; patience ends it earlier when nothing gets better.',
  },
  {
    name: 'batch',
    type: 'integer',
    minimum: 2,
    maximum: 65_536,
    default: 32,
    help: 'Images or rows learned from at once; less needs less GPU memory.',
  },
  {
    name: 'learningRate',
    type: 'number',
    minimum: 0,
    maximum: 10,
    default: 0,
    help: 'Length of a step at its longest; 0 takes what is usual for the network and the optimizer.',
  },
  {
    name: 'imageSize',
    type: 'integer',
    minimum: 0,
    maximum: 1024,
    default: 0,
    help: 'Pixels of a side that the network sees; 0 takes what the images have, 224 at most.',
  },
  {
    name: 'pretrained',
    type: 'boolean',
    default: true,
    help: 'Start from published weights; without a connection to them the training starts from scratch and says so.',
  },
  {
    name: 'freezeBackbone',
    type: 'boolean',
    default: false,
    help: 'Learn in the last layer only: fast, and enough when the images look like photos.',
  },
  {
    name: 'augmentation',
    type: 'choice',
    choices: ['none', 'light', 'standard', 'strong'],
    default: 'standard',
    help: 'How images are varied; light does not mirror, as letters and arrows need, strong is for few photos.',
  },
  {
    name: 'patience',
    type: 'integer',
    minimum: 0,
    default: 10,
    help: 'Epochs without a better score before it ends early; 0 goes on to the last.',
  },
];

const table: readonly Parameter[] = [target, task];

const holdingBack: readonly Parameter[] = [
  {
    ...testSize,
    help: 'Share of each class, or of the rows, that is held back when the folder has no val part.',
  },
  seed,
  {
    name: 'export',
    type: 'choice',
    choices: ['none', 'torchscript', 'onnx'],
    default: 'none',
    help: 'A second file of the model for programs without this recipe: ONNX for most, TorchScript for C++.',
  },
];

const advanced: readonly Parameter[] = [
  {
    name: 'optimizer',
    type: 'choice',
    choices: ['adamw', 'sgd'],
    default: 'adamw',
    advanced: true,
    help: 'How weights are moved; sgd (with momentum) needs more epochs and a well chosen learningRate.',
  },
  {
    name: 'weightDecay',
    type: 'number',
    minimum: 0,
    maximum: 1,
    default: 0.01,
    advanced: true,
    help: 'How strongly weights are pulled to zero.',
  },
  {
    name: 'warmupEpochs',
    type: 'number',
    minimum: 0,
    default: 1,
    advanced: true,
    help: 'Epochs over which learningRate rises before it falls along a cosine; a fifth of all at most.',
  },
  {
    name: 'labelSmoothing',
    type: 'number',
    minimum: 0,
    maximum: 0.9,
    default: 0,
    advanced: true,
    help: 'Share of certainty given to the other classes, as in 0.1; helps when some labels are wrong.',
  },
  {
    name: 'mixup',
    type: 'number',
    minimum: 0,
    maximum: 4,
    default: 0,
    advanced: true,
    help: 'Lays pairs of images over each other, as in 0.2; helps long trainings on many images.',
  },
  {
    name: 'classWeights',
    type: 'boolean',
    default: false,
    advanced: true,
    help: 'Makes mistakes on rare classes count more, so that they are not forgotten.',
  },
  {
    name: 'precision',
    type: 'choice',
    choices: ['auto', 'bf16', 'fp16', 'fp32'],
    default: 'auto',
    advanced: true,
    help: 'Digits computed with on a GPU; auto takes bf16 where the GPU has it, else fp16. Tables always take fp32.',
  },
  {
    name: 'workers',
    type: 'integer',
    minimum: 0,
    maximum: 64,
    default: 4,
    advanced: true,
    help: 'Processes that open images, at most; 0 when the machine has little shared memory.',
  },
  {
    name: 'checkpointEvery',
    type: 'integer',
    minimum: 1,
    default: 1,
    advanced: true,
    help: 'Epochs between checkpoints; long epochs save every ten minutes too.',
  },
  {
    name: 'layers',
    type: 'string',
    default: '128,64',
    advanced: true,
    help: 'Units of each hidden layer of the network for a table, with commas between.',
  },
  {
    name: 'dropout',
    type: 'number',
    minimum: 0,
    maximum: 0.9,
    default: 0.1,
    advanced: true,
    help: 'Share of those units left out at random while learning from a table.',
  },
  {
    name: 'textColumns',
    type: 'choice',
    choices: ['embedding', 'one-hot'],
    default: 'embedding',
    advanced: true,
    help: 'What becomes of text in a table: learned numbers for each value, or a yes/no column for each.',
  },
  {
    name: 'data',
    type: 'choice',
    choices: ['auto', 'images', 'table'],
    default: 'auto',
    advanced: true,
    help: 'What to learn from; auto takes images when they lie in two class folders or more, else the table.',
  },
  file,
  ignore,
];

/** Most important first. */
export const pytorchParameters: readonly Parameter[] = [...learning, ...table, ...holdingBack, ...advanced];
