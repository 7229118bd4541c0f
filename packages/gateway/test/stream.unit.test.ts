import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { startStream } from '../src/export/stream.ts';

function parts() {
  const state = { hasEnded: false };
  const generator = (async function* () {
    try {
      yield 'one, ';
      yield 'two';
    } finally {
      state.hasEnded = true;
    }
  })();
  return { state, generator };
}

describe('streams of text', () => {
  it('a stream of text has all its parts, and closes them', async () => {
    const { state, generator } = parts();
    expect(await text(await startStream(generator))).toBe('one, two');
    expect(state.hasEnded).toBe(true);
  });

  it('frees the resources of its parts even if it is never read', async () => {
    const { state, generator } = parts();
    const stream = await startStream(generator);
    stream.destroy();
    await once(stream, 'close');
    expect(state.hasEnded).toBe(true);
  });

  it('throws before it starts if its first part fails', async () => {
    const failing = (async function* (): AsyncGenerator<string> {
      yield await Promise.reject(new Error('unreachable'));
    })();
    await expect(startStream(failing)).rejects.toThrow('unreachable');
  });

  it('a stream of text can be empty', async () => {
    const empty = (async function* (): AsyncGenerator<string> {})();
    expect(await text(await startStream(empty))).toBe('');
  });
});
