import { open } from 'node:fs/promises';
import { hasCode } from '../errors.js';
import { plainTexts } from '../recipes/progress/ansi.js';
import { printable } from './terminal.js';

const mostLines = 8;
const mostBytes = 16 * 1024;

/** The last lines of a log as a person would have seen them: bars at their end, without colours. None of no log. */
export async function readLogEnd(path: string): Promise<string[]> {
  const lines = (await textAtEnd(path)).split('\n').map(asSeen);
  return lines.filter((line) => line.trim() !== '' && !line.startsWith('{"type":')).slice(-mostLines);
}

function asSeen(line: string): string {
  const text = plainTexts(line.trimEnd()).at(-1) ?? '';
  return printable(text.split('\r').at(-1) ?? '');
}

async function textAtEnd(path: string): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const length = Math.min(size, mostBytes);
      const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
      return buffer.toString('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return '';
    throw error;
  }
}
