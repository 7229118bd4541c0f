import { describe, expect, it } from 'vitest';
import { datesToReconcile, type ReconcileCause } from '../src/index.ts';

const CONFIG = { ETL_TIMEZONE: 'UTC', ETL_CATCH_UP_DAYS: 3, ETL_LOG_RETENTION_DAYS: 10 };
const NEWEST = '2024-01-15';
/** In the window of the newest due date, and after it. */
const NIGHT = new Date('2024-01-16T02:00:00Z');
const LATER = new Date('2024-01-17T02:00:00Z');

const dates = (
  cause: ReconcileCause,
  first: { completed?: string; scheduled?: string } = {},
  now = NIGHT,
): string[] =>
  datesToReconcile(CONFIG, cause, NEWEST, { completed: undefined, scheduled: undefined, ...first }, now);

describe('first run', () => {
  it('a warehouse without a run has the newest date to reconcile at the nightly tick', () => {
    expect(dates('nightly')).toEqual([NEWEST]);
  });

  it('a warehouse without a run has the newest date to reconcile at an hourly tick in the window of that date only', () => {
    expect(dates('hourly')).toEqual([NEWEST]);
    expect(dates('hourly', {}, LATER)).toEqual([]);
  });

  it('a warehouse without a run has no date to reconcile when a worker starts', () => {
    expect(dates('start')).toEqual([]);
  });
});

describe('oldest date to reconcile', () => {
  it('the oldest date to reconcile is the first completed date, if it is within the days that are caught up', () => {
    expect(dates('hourly', { completed: '2024-01-14' })).toEqual(['2024-01-14', NEWEST]);
    expect(dates('start', { completed: '2020-01-01' })[0]).toBe('2024-01-12');
  });

  it('the oldest date to reconcile is the first scheduled date, if it is within the retention', () => {
    expect(dates('hourly', { completed: '2020-01-01', scheduled: '2024-01-10' })[0]).toBe('2024-01-10');
    expect(dates('hourly', { scheduled: '2020-01-01' })[0]).toBe('2024-01-05');
  });

  it('the oldest date to reconcile at the nightly tick is never later than the newest', () => {
    expect(dates('nightly', { completed: '2024-01-20' })).toEqual([NEWEST]);
    expect(dates('hourly', { completed: '2024-01-20' })).toEqual([]);
  });
});
