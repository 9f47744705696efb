/**
 * Importing this gives Node 20 what later ones and VS Code have, so that tests show memory that is freed too early: whoever
 * reads it then finds nothing.
 * @see src/remote/ownMemory.ts
 */
function transfer(this: ArrayBuffer, byteLength: number): ArrayBuffer {
  return structuredClone(this, { transfer: [this] }).slice(0, byteLength);
}

if (!('transfer' in ArrayBuffer.prototype))
  Object.defineProperty(ArrayBuffer.prototype, 'transfer', { value: transfer });
