import { revealFile } from '../views/revealFile.js';
import type { Door } from './door.js';
import { modelFileOf } from './modelFile.js';

/** Shows the model's file: in the Explorer where the workspace holds it, else in the system's file manager. */
export async function revealModel(target: unknown, { engine }: Pick<Door, 'engine'>): Promise<void> {
  await revealFile(await modelFileOf(target, engine));
}
