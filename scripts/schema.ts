// npm run schema: writes schemas/trainyard.schema.json, which editors with a YAML extension complete and check by.
import { writeFile } from 'node:fs/promises';
import { jobFileJsonSchema } from '../src/jobs/jobFileJsonSchema.js';
import { namedPlaces } from '../src/providers/index.js';
import { foreground } from './foreground.js';

const file = 'schemas/trainyard.schema.json';
await writeFile(file, JSON.stringify(jobFileJsonSchema(namedPlaces)));
process.exitCode = await foreground(process.execPath, ['node_modules/oxfmt/bin/oxfmt', file]);
console.log(`${file} says what the reader of trainyard.yaml understands`);
