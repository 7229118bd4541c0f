import { expect, it } from 'vitest';
import type { Alert, Check } from '../src/alert.ts';
import { afterCheck, afterDelivery, afterFailedDelivery, nextMessage } from '../src/transitions.ts';

const firing: Check = { cause: 'queue', isFiring: true, message: 'Redis does not answer' };
const clear: Check = { cause: 'queue', isFiring: false };
const at = (now: number) => ({ now, clearAfterMs: 10 });

const opened = afterCheck(firing, undefined, at(100)) as Alert;
const notified = afterDelivery(opened, 'opened', 100);

it('a cause that fires opens an alert whose first message is due at once', () => {
  expect(opened).toMatchObject({ openedAt: 100, seenAt: 100, resolvedAt: null, nextTryAt: 100 });
  expect(nextMessage(opened)).toBe('opened');
});

it('an alert that keeps firing keeps its id and has no further message', () => {
  const later = afterCheck(firing, notified, at(200)) as Alert;
  expect(later).toMatchObject({ id: opened.id, openedAt: 100, seenAt: 200 });
  expect(nextMessage(later)).toBeUndefined();
});

it('an alert ends when its cause has been clear for long enough', () => {
  expect(afterCheck(clear, notified, at(109))).toBeUndefined();
  const ended = afterCheck(clear, notified, at(110)) as Alert;
  expect(ended.resolvedAt).toBe(110);
  expect(nextMessage(ended)).toBe('resolved');
});

it('a clear cause without an alert changes nothing', () => {
  expect(afterCheck(clear, undefined, at(100))).toBeUndefined();
});

it('the opened message is delivered before the resolved message', () => {
  const ended = afterCheck(clear, opened, at(200)) as Alert;
  expect(nextMessage(ended)).toBe('opened');
  expect(nextMessage(afterDelivery(ended, 'opened', 200))).toBe('resolved');
  expect(nextMessage(afterDelivery(ended, 'resolved', 200))).toBeUndefined();
});

it('a cause that fires again is the same alert until its end was delivered, then a new one', () => {
  const ended = afterCheck(clear, notified, at(200)) as Alert;
  expect(afterCheck(firing, ended, at(201))).toMatchObject({ id: opened.id, resolvedAt: null });
  const delivered = afterDelivery(ended, 'resolved', 200);
  expect(afterCheck(firing, delivered, at(201))?.id).not.toBe(opened.id);
});

it('pauses between failed deliveries double, up to five minutes', () => {
  let alert = opened;
  const pauses: number[] = [];
  for (let attempt = 0; attempt < 8; attempt++) {
    alert = afterFailedDelivery(alert, 0);
    pauses.push(alert.nextTryAt / 1000);
  }
  expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 300, 300]);
});
