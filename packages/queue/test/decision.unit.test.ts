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
/** When the newest run was started, unless a test says otherwise: after the day's end. */
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
    [
      'a date without a row is started as scheduled',
      undefined,
      inWindow,
      { kind: 'start', trigger: 'schedule' },
    ],
    [
      'a date without a row is started as scheduled also after its window, and the start is refused',
      undefined,
      tooLate,
      { kind: 'start', trigger: 'schedule' },
    ],
    ['a final date is left alone', record({ isFinal: true }), inWindow, { kind: 'leave', why: 'completed' }],
    [
      'a date that is running is left alone',
      record({ isActive: true }),
      inWindow,
      { kind: 'leave', why: 'running' },
    ],
    [
      'a date with provisional figures only is started',
      record({ wasScheduled: false, newestRun: { trigger: 'api' } }),
      inWindow,
      { kind: 'start', trigger: 'schedule' },
    ],
    [
      'a date whose scheduled run failed is retried',
      record({ newestRun: { failures: [failed('ERROR')] } }),
      inWindow,
      { kind: 'retry', runId: 'run' },
    ],
    [
      'a date whose scheduled run failed in another time zone gets a new run',
      record({ newestRun: { timeZone: 'Asia/Jakarta', failures: [failed('ERROR')] } }),
      inWindow,
      { kind: 'start', trigger: 'schedule' },
    ],
    [
      'a date whose scheduled run failed is caught up when its window has closed',
      record({ newestRun: { failures: [failed('ERROR')] } }),
      tooLate,
      { kind: 'start', trigger: 'catch_up' },
    ],
    [
      'a date whose catch-up failed is retried',
      record({ newestRun: { trigger: 'catch_up', failures: [failed('ERROR')] } }),
      tooLate,
      { kind: 'retry', runId: 'run' },
    ],
    [
      "a date whose newest failure is a person's own run is started",
      record({ newestRun: { trigger: 'api', failures: [failed('ERROR')] } }),
      inWindow,
      { kind: 'start', trigger: 'schedule' },
    ],
    [
      'a date is started if a run of a single batch failed',
      record({ newestRun: { batches: ['user_counts'], failures: [failed('ERROR')] } }),
      inWindow,
      { kind: 'start', trigger: 'schedule' },
    ],
    [
      'a cancelled date is left alone',
      record({ newestRun: { failures: [failed('CANCELLED')] } }),
      inWindow,
      { kind: 'leave', why: 'cancelled' },
    ],
    [
      'a date whose source was purged is left alone',
      record({ newestRun: { failures: [failed('SOURCE_PURGED'), failed('COUNTS_FAILED')] } }),
      tooLate,
      { kind: 'leave', why: 'source purged' },
    ],
    [
      'a date whose failure has no code yet is left alone, whenever its run was started',
      record({ newestRun: { createdAt: NOON, failures: [failed('UNKNOWN')] } }),
      inWindow,
      { kind: 'leave', why: 'failure unknown' },
    ],
    [
      'a date older than the catch-up days is left alone',
      record({ newestRun: { failures: [failed('ETL_WINDOW_EXPIRED')] } }),
      context('2024-03-01T02:00:00Z', '2024-02-22'),
      { kind: 'leave', why: 'too old' },
    ],
  ] as const)('%s', (_name, given, when, decision) => {
    expect(decide(DATE, given, when)).toEqual(decision);
  });

  it.each([
    ['while its day was not over', { createdAt: NOON }],
    ['in a run of a single batch', { batches: ['user_counts'] as Batch[] }],
  ])('a date that was cancelled %s is run', (_name, newestRun) => {
    const given = record({
      wasScheduled: false,
      newestRun: { ...newestRun, failures: [failed('CANCELLED')] },
    });
    expect(decide(DATE, given, inWindow)).toEqual({ kind: 'start', trigger: 'schedule' });
  });

  it.each([
    ['if there is no schedule yet', undefined],
    ['if the schedule came later', '2024-01-16'],
  ])('a date before the schedule is caught up %s', (_name, firstScheduled) => {
    expect(decide(DATE, undefined, { ...tooLate, firstScheduled })).toEqual({
      kind: 'start',
      trigger: 'catch_up',
    });
    expect(decide(DATE, undefined, { ...inWindow, firstScheduled })).toEqual({
      kind: 'start',
      trigger: 'schedule',
    });
  });

  it('a date is run unless it is running, final, too old, cancelled, purged, or its failure has no code yet', () => {
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
