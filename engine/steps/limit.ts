/** Runs at most so many tasks at once, in the order in which they came. */
export class Limit {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(parallel: number) {
    this.free = parallel;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((go) => this.waiting.push(go));
    try {
      return await task();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free++;
    }
  }
}
