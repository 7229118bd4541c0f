import { expect, it, onTestFinished } from 'vitest';
import { type Periodic, startPeriodic } from '../src/periodic.ts';

/** A loop whose rounds end when the test says so, with a log that keeps its lines. */
function controlledLoop({ everyMs = 0 as number | (() => number) } = {}) {
  const lines: string[] = [];
  const rounds: PromiseWithResolvers<void>[] = [];
  let announce = Promise.withResolvers<AbortSignal>();
  const line = (level: string) => (fields: object, message: string) =>
    void lines.push(`${level}: ${message} ${JSON.stringify(fields)}`);
  const loop: Periodic = startPeriodic({
    name: 'test',
    everyMs,
    run: (stopping) => {
      const round = Promise.withResolvers<void>();
      rounds.push(round);
      announce.resolve(stopping);
      announce = Promise.withResolvers();
      return round.promise;
    },
    log: { debug: line('debug'), info: line('info'), warn: line('warn') } as never,
  });
  onTestFinished(async () => {
    const stopped = loop.stop();
    rounds.at(-1)?.resolve();
    await stopped;
  });
  /** Ends the current round. Resolves when the next one has begun. */
  const next = (error?: Error) => {
    const begun = announce.promise;
    if (error) rounds.at(-1)?.reject(error);
    else rounds.at(-1)?.resolve();
    return begun;
  };
  return { loop, rounds, lines, next };
}

const levels = (lines: readonly string[]) => lines.map((text) => text.split(' {')[0]);

it('the first round begins at once, and the next one when the pause after it is over', async () => {
  const pauses: number[] = [];
  const { rounds, next } = controlledLoop({ everyMs: () => pauses.push(1) });
  expect(rounds).toHaveLength(1);
  await next();
  await next();
  expect(rounds).toHaveLength(3);
  expect(pauses).toEqual([1, 1]);
});

it('an outage is logged once as a warning, and its end once', async () => {
  const { lines, next } = controlledLoop();
  await next();
  await next(new Error('the server is down'));
  await next(new Error('the server is still down'));
  await next();
  await next();
  expect(levels(lines)).toEqual([
    'warn: background loop failed, retrying',
    'debug: background loop failed, retrying',
    'info: background loop works again',
  ]);
  expect(lines[0]).toContain('"loop":"test"');
  await next(new Error('the server is down again'));
  expect(levels(lines).at(-1)).toBe('warn: background loop failed, retrying');
});

it('stop aborts the signal, waits for the current round and starts no other one', async () => {
  const { loop, rounds, next } = controlledLoop();
  const stopping = await next();
  let isStopped = false;
  const stopped = loop.stop().then(() => {
    isStopped = true;
  });
  expect(stopping.aborted).toBe(true);
  await Promise.resolve();
  expect(isStopped).toBe(false);
  rounds.at(-1)?.resolve();
  await stopped;
  expect(rounds).toHaveLength(2);
});

it('stop ends a pause', async () => {
  let pauses = 0;
  const hour = () => {
    pauses += 1;
    return 3_600_000;
  };
  const { loop, rounds } = controlledLoop({ everyMs: hour });
  rounds[0]?.resolve();
  await expect.poll(() => pauses).toBe(1);
  await loop.stop();
  expect(rounds).toHaveLength(1);
});

it('a round that a stop interrupts is not logged as an outage', async () => {
  const { loop, rounds, lines } = controlledLoop();
  const stopped = loop.stop();
  rounds[0]?.reject(new Error('aborted'));
  await stopped;
  expect(levels(lines)).toEqual(['debug: background loop failed, retrying']);
});
