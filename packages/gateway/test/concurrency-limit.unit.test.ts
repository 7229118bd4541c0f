import { fastify } from 'fastify';
import { expect, it } from 'vitest';
import { openConcurrencyLimit } from '../src/concurrency-limit.ts';
import { answerErrors } from '../src/error-answers.ts';

it('one deadline limits the wait for the own and the common permit together', async () => {
  const one = { maxPerCaller: 1, maxInAll: 1 };
  const limits = {
    whole: openConcurrencyLimit({ ...one, maxWaitMs: 1000 }),
    half: openConcurrencyLimit({ ...one, maxWaitMs: 500 }),
  };
  const started = { whole: Promise.withResolvers<void>(), half: Promise.withResolvers<void>() };
  const ended = Promise.withResolvers<void>();
  const app = fastify();
  answerErrors(app, 'UTC');
  app.decorateRequest('caller', null);
  app.get<{ Params: { of: keyof typeof limits; name: string } }>('/:of/:name', async (request, reply) => {
    const { of, name } = request.params;
    request.caller = { role: 'administrator', name, key: name };
    return limits[of].run(request, reply, async () => {
      started[of].resolve();
      await ended.promise;
      return 'read';
    });
  });
  const read = async (path: string) => {
    const begun = performance.now();
    const { statusCode } = await app.inject(path);
    return { statusCode, ms: performance.now() - begun };
  };
  try {
    const holders = [read('/whole/holder'), read('/half/holder')];
    await Promise.all([started.whole.promise, started.half.promise]);
    // The first waits for the common permit all its time. The second waits for the first, from halfway through.
    const first = read('/whole/waiting');
    expect((await read('/half/waiting')).statusCode).toBe(429);
    const [before, after] = await Promise.all([first, read('/whole/waiting')]);
    expect([before.statusCode, after.statusCode]).toEqual([429, 429]);
    expect(after.ms / before.ms).toBeLessThan(1.25);
    ended.resolve();
    for (const holder of holders) expect((await holder).statusCode).toBe(200);
  } finally {
    ended.resolve();
    await app.close();
  }
});
