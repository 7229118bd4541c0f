import { MultiBar } from 'cli-progress';

export interface Bar {
  add(days: number): void;
  /** Prints a line above the bar. */
  say(line: string): void;
  stop(): void;
}

/** A bar below the printed lines. Without a terminal, or with nothing to do, there are only the lines. */
export function barOf(days: number, say: (line: string) => void): Bar {
  if (days === 0 || !process.stdout.isTTY) return { add: () => {}, say, stop: () => {} };
  const bars = new MultiBar({
    format: '  [{bar}] {value} of {total} days',
    barsize: 40,
    hideCursor: true,
    forceRedraw: true,
    clearOnComplete: true,
  });
  const bar = bars.create(days, 0);
  return {
    add: (more) => bar.increment(more),
    say: (line) => bars.log(`${line}\n`),
    stop: () => {
      // The bar redraws only now and then.
      bars.update();
      bars.stop();
    },
  };
}
