const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/**
 * Cuts text into the objects that stand in it side by side: in a list, behind each other over many lines, with commas
 * between them or without. Takes the text in any pieces, and keeps only the object that is being read.
 */
export class ObjectScanner {
  #depth = 0;
  #inText = false;
  #isEscaped = false;
  #started = '';

  /** An object has begun and not ended. */
  get isOpen(): boolean {
    return this.#depth > 0;
  }

  /** The objects that this piece completes, as they were written. */
  push(text: string): string[] {
    const objects: string[] = [];
    let start = 0;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (this.#depth === 0) {
        if (code !== openBrace) continue;
        start = index;
      }
      if (!this.#read(code)) continue;
      objects.push(this.#started + text.slice(start, index + 1));
      this.#started = '';
      start = index + 1;
    }
    if (this.#depth > 0) this.#started += text.slice(this.#started === '' ? start : 0);
    return objects;
  }

  /** Whether this character ends an object. */
  #read(code: number): boolean {
    if (this.#inText) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (code === backslash) this.#isEscaped = true;
      else if (code === quote) this.#inText = false;
      return false;
    }
    if (code === quote) this.#inText = true;
    else if (code === openBrace || code === openBracket) this.#depth += 1;
    else if (code === closeBrace || code === closeBracket) {
      this.#depth -= 1;
      return this.#depth === 0;
    }
    return false;
  }
}
