import * as v from 'valibot';

const text = (help: string) => v.optional(v.pipe(v.string(), v.description(help)));
const yesNo = (help: string) => v.optional(v.pipe(v.boolean(), v.description(help)));
const positive = (help: string) => v.optional(v.pipe(v.number(), v.gtValue(0), v.description(help)));
const oneOrMore = v.union([v.string(), v.array(v.string())]);

/**
 * Every field of a `trainyard.yaml`, with what it means. The reader, the JSON Schema of the manifest and the editor's
 * completion and hover are made of this.
 */
export const jobFileSchema = v.strictObject({
  name: text('What the job is called. Default: the name of the dataset folder.'),
  dataset: v.pipe(
    v.string(),
    v.description('The dataset folder, relative to this file.'),
    v.examples(['.', './data/flowers']),
  ),
  recipe: text('How to train. Default: what fits the dataset best.'),
  params: v.optional(
    v.pipe(
      v.record(v.string(), v.union([v.string(), v.number(), v.boolean()])),
      v.description("Parameters of the recipe. What is absent has the recipe's default."),
    ),
  ),
  resources: v.optional(
    v.pipe(
      v.strictObject({
        gpu: v.optional(
          v.pipe(
            oneOrMore,
            v.description(
              'GPU models that will do. Without providers, this computer is taken when it has one, else a machine is rented.',
            ),
            v.examples(['RTX 4090', ['RTX 4090', 'L4']]),
          ),
        ),
        vram: positive('Least memory of one GPU in GB. Default: what the recipe needs.'),
        gpus: v.optional(
          v.pipe(
            v.number(),
            v.integer(),
            v.gtValue(0),
            v.description('Number of GPUs in the machine. Default: 1.'),
          ),
        ),
        nodes: v.optional(
          v.pipe(
            v.number(),
            v.integer(),
            v.gtValue(0),
            v.maxValue(1),
            v.description('Number of machines. Training on several at once is not supported yet.'),
          ),
        ),
        spot: yesNo('Rent only interruptible machines, which are cheaper. Default: false, none of them.'),
        region: v.optional(
          v.pipe(
            oneOrMore,
            v.description(
              "Where a rented machine may stand, by any word of the region's name. Default: anywhere.",
            ),
            v.examples(['US', ['us-west-1', 'EU']]),
          ),
        ),
        providers: v.optional(
          v.pipe(
            v.array(v.string()),
            v.description(
              'Where to train. Machines of your own (local, ssh:HOST as in "ssh HOST", ssh://user@host:port) come first, in this order; providers that rent machines are compared by price.',
            ),
            v.examples([['local'], ['ssh:gpu1'], ['runpod', 'vast']]),
          ),
        ),
        disk: positive(
          'Least disk of a rented machine in GB. Default: what data, packages and results need.',
        ),
      }),
      v.description('What the training needs, and where it may run.'),
    ),
  ),
  limits: v.optional(
    v.pipe(
      v.strictObject({
        price: positive('Highest price of a rented machine in US dollars an hour.'),
        budget: positive(
          'Most that the job may cost in US dollars. The rented machine is ended before it costs more.',
        ),
        hours: positive(
          'Longest time the training may run; of a rented machine the longest it may live, 24 when nothing is said.',
        ),
        stallMinutes: positive('Longest time without output while the GPU does nothing.'),
        keepMinutes: v.optional(
          v.pipe(
            v.number(),
            v.minValue(0),
            v.description(
              'How many minutes a rented machine waits for its results to be collected. Default: 120.',
            ),
          ),
        ),
      }),
      v.description('When to end the training, whatever happens.'),
    ),
  ),
  results: v.optional(
    v.pipe(
      v.strictObject({
        to: v.optional(
          v.pipe(
            v.string(),
            v.description('Folder for the model, relative to this file. Default: models.'),
            v.examples(['models']),
          ),
        ),
        checkpoints: yesNo('Bring checkpoints here while the training runs. Default: true.'),
        push: v.optional(
          v.pipe(v.string(), v.description('Where else the model goes.'), v.examples(['hf:me/flowers'])),
        ),
      }),
      v.description('What becomes of the model.'),
    ),
  ),
});

/** What the fields say. */
export type JobFileContent = v.InferOutput<typeof jobFileSchema>;
export type JobFileIssue = v.InferIssue<typeof jobFileSchema>;
