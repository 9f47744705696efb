// npm run schema: writes schemas/trainyard.schema.json, which editors with a YAML extension complete and check by.
import { writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { jobFileJsonSchema } from '../src/jobs/jobFileJsonSchema.js';
import { namedPlaces } from '../src/providers/index.js';

const file = 'schemas/trainyard.schema.json';
const style = { ...(await resolveConfig(file)), filepath: file };
await writeFile(file, await format(JSON.stringify(jobFileJsonSchema(namedPlaces)), style));
console.log(`${file} says what the reader of trainyard.yaml understands`);
