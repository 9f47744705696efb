/** How many bytes may be on their way at once; who wants more waits, first come, first served. */
export class ByteBudget {
  #left: number;
  readonly #waiting: { readonly bytes: number; readonly grant: () => void }[] = [];

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** Never more than there are in all. */
  take(bytes: number): Promise<void> {
    return new Promise((grant) => {
      this.#waiting.push({ bytes, grant });
      this.#grant();
    });
  }

  giveBack(bytes: number): void {
    this.#left += bytes;
    this.#grant();
  }

  #grant(): void {
    for (
      let next = this.#waiting[0];
      next !== undefined && next.bytes <= this.#left;
      next = this.#waiting[0]
    ) {
      this.#waiting.shift();
      this.#left -= next.bytes;
      next.grant();
    }
  }
}
