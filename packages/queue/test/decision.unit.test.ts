import { addDays, type Batch, isWithinWindow } from '@etl/core';
import type { DateRecord, RecordedFailure } from '@etl/warehouse';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DecisionContext, decide } from '../src/index.ts';

const DATE = '2024-01-15';
const failed = (code: RecordedFailure['code']): RecordedFailure => ({
  code,
  why: 'a text that decides nothing',
});
const context = (now: string, oldest = '2024-01-08'): DecisionContext => ({
  now: new Date(now),
  timeZone: 'UTC',
  oldest,
  firstScheduled: '2023-01-01',
});
const CODES = ['ERROR', 'ETL_WINDOW_EXPIRED', 'CANCELLED', 'SOURCE_PURGED', 'UNKNOWN'] as const;
/** When the newest run was asked for, unless a test says otherwise: after the day's end. */
const NIGHT = Date.parse('2024-01-16T02:00:00Z') / 1000;
const NOON = Date.parse('2024-01-15T12:00:00Z') / 1000;
const inWindow = context('2024-01-16T02:00:00Z');
const tooLate = context('2024-01-17T02:00:00Z');
const record = (
  more: Partial<Omit<DateRecord, 'newestRun'>> & { newestRun?: Partial<DateRecord['newestRun']> } = {},
): DateRecord => ({
  isFinal: false,
  failures: [],
  isActive: false,
  wasScheduled: true,
  ...more,
  newestRun: {
    runId: 'run',
    trigger: 'schedule',
    timeZone: 'UTC',
    createdAt: NIGHT,
    batches: ['activity_counts', 'user_counts', 'main_etl'],
    failures: [],
    ...more.newestRun,
  },
});

describe('a due date', () => {
  it.each([
    ['that has no row is started as scheduled', undefined, inWindow, { kind: 'start', trigger: 'schedule' }],
    [
      'that has no row is started as scheduled also when it is too late: the start says so',
      undefined,
      tooLate,
      { kind: 'start', trigger: 'schedule' },
    ],
    ['that is final is left', record({ isFinal: true }), inWindow, { kind: 'leave', why: 'completed' }],
    ['that is running is left', record({ isActive: true }), inWindow, { kind: 'leave', why: 'running' }],
    [
      'that only has provisional figures is started',
      record({ wasScheduled: false, newestRun: { trigger: 'api' } }),
      inWindow,
      { kind: 'start', trigger: 'schedule' },
    ],
    [
      'whose scheduled run failed is retried',
      record({ newestRun: { failures: [failed('ERROR')] } }),
      inWindow,
      { kind: 'retry', runId: 'run' },
    ],
    [
      'whose scheduled run failed in another time zone is started anew: that run was of another day',
      record({ newestRun: { timeZone: 'Asia/Jakarta', failures: [failed('ERROR')] } }),
      inWindow,
      { kind: 'start', trigger: 'schedule' },
    ],
    [
      'whose scheduled run failed is caught up when its window has closed',
      record({ newestRun: { failures: [failed('ERROR')] } }),
      tooLate,
      { kind: 'start', trigger: 'catch_up' },
    ],
    [
      'whose catching up failed is retried',
      record({ newestRun: { trigger: 'catch_up', failures: [failed('ERROR')] } }),
      tooLate,
      { kind: 'retry', runId: 'run' },
    ],
    [
      "whose newest failure is a person's own run is started",
      record({ newestRun: { trigger: 'api', failures: [failed('ERROR')] } }),
      inWindow,
      { kind: 'start', trigger: 'schedule' },
    ],
    [
      'of which a single batch failed is started',
      record({ newestRun: { batches: ['user_counts'], failures: [failed('ERROR')] } }),
      inWindow,
      { kind: 'start', trigger: 'schedule' },
    ],
    [
      'that somebody cancelled is left',
      record({ newestRun: { failures: [failed('CANCELLED')] } }),
      inWindow,
      { kind: 'leave', why: 'cancelled' },
    ],
    [
      'whose source was purged is left',
      record({ newestRun: { failures: [failed('SOURCE_PURGED'), failed('COUNTS_FAILED')] } }),
      tooLate,
      { kind: 'leave', why: 'source purged' },
    ],
    [
      'whose failure has no code yet is left, whenever its run was started',
      record({ newestRun: { createdAt: NOON, failures: [failed('UNKNOWN')] } }),
      inWindow,
      { kind: 'leave', why: 'failure unknown' },
    ],
    [
      'that is older than what is caught up is left',
      record({ newestRun: { failures: [failed('ETL_WINDOW_EXPIRED')] } }),
      context('2024-03-01T02:00:00Z', '2024-02-22'),
      { kind: 'leave', why: 'too old' },
    ],
  ] as const)('%s', (_name, given, when, decision) => {
    expect(decide(DATE, given, when)).toEqual(decision);
  });

  it.each([
    ['while its day was not over', { createdAt: NOON }],
    ['but only a batch of it', { batches: ['user_counts'] as Batch[] }],
  ])('that somebody cancelled, %s, is run all the same', (_name, newestRun) => {
    const given = record({
      wasScheduled: false,
      newestRun: { ...newestRun, failures: [failed('CANCELLED')] },
    });
    expect(decide(DATE, given, inWindow)).toEqual({ kind: 'start', trigger: 'schedule' });
  });

  it.each([
    ['of which there never was one', undefined],
    ['that came later', '2024-01-16'],
  ])('from before the schedule, %s, has missed no window: it is caught up', (_name, firstScheduled) => {
    expect(decide(DATE, undefined, { ...tooLate, firstScheduled })).toEqual({
      kind: 'start',
      trigger: 'catch_up',
    });
    expect(decide(DATE, undefined, { ...inWindow, firstScheduled })).toEqual({
      kind: 'start',
      trigger: 'schedule',
    });
  });

  it('that is neither running nor done, nor waits for a person, nor is too old, is always run', () => {
    const anyRecord = fc.option(
      fc.record({
        isFinal: fc.boolean(),
        isActive: fc.boolean(),
        wasScheduled: fc.boolean(),
        newestRun: fc.record({
          runId: fc.uuid(),
          createdAt: fc.constantFrom(NOON, NIGHT),
          trigger: fc.constantFrom('api', 'cli', 'schedule', 'catch_up', 'backfill'),
          batches: fc.subarray(['activity_counts', 'user_counts', 'main_etl'] as const, { minLength: 1 }),
          failures: fc.array(fc.constantFrom(...CODES).map(failed)),
        }),
      }) as fc.Arbitrary<DateRecord>,
      { nil: undefined },
    );
    fc.assert(
      fc.property(
        anyRecord,
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 0, max: 10 }),
        (given, age, days) => {
          const now = new Date(Date.parse('2024-01-16T02:00:00Z') + age * 86_400_000);
          const oldest = addDays(DATE, age - days);
          const decision = decide(DATE, given, { ...inWindow, now, oldest });
          const run = given?.newestRun;
          const waits =
            run?.failures.some(({ code }) => code === 'UNKNOWN') ||
            (run?.createdAt === NIGHT &&
              run.batches.includes('main_etl') &&
              run.failures.some(({ code }) => code === 'SOURCE_PURGED' || code === 'CANCELLED'));
          const isOver = given?.isActive || given?.isFinal || waits || (given?.wasScheduled && DATE < oldest);
          expect(decision.kind === 'leave').toBe(Boolean(isOver));
          if (decision.kind === 'start' && given?.wasScheduled) {
            expect(decision.trigger).toBe(isWithinWindow(DATE, 'UTC', now) ? 'schedule' : 'catch_up');
          }
        },
      ),
    );
  });
});
