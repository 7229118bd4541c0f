import { expect, it } from 'vitest';
import { openStreamLimit } from '../src/events/stream-limit.ts';

it('five streams of a key and five hundred in all may be open', () => {
  const limit = openStreamLimit();
  const ends = Array.from({ length: 100 }, (_, key) =>
    Array.from({ length: 5 }, () => limit.open(`key ${key}`)),
  ).flat();
  expect(() => limit.open('key 0')).toThrow('More than 5 streams of events are open with this token');
  expect(() => limit.open('another')).toThrow('More than 500 streams of events are open in this gateway');
  // Ending twice counts once.
  ends[0]?.();
  ends[0]?.();
  limit.open('another');
  expect(() => limit.open('another')).toThrow('More than 500 streams');
  ends[1]?.();
  limit.open('key 0');
});
