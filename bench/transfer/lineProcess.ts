// The process of a line, apart from those who are measured: node lineProcess.js <port> <options as JSON>.
import type { LineOptions } from './line.js';
import { startLine } from './line.js';

const [, , port = '', options = '{}'] = process.argv;
const line = await startLine(Number(port), JSON.parse(options) as LineOptions);
console.log(line.port);
