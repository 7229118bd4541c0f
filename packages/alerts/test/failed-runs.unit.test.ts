import { expect, it } from 'vitest';
import { failureChecks } from '../src/checks/failed-runs.ts';

const records = (failures: Record<string, string[]>, active: string[] = []) =>
  new Map(
    Object.entries(failures).map(([date, texts]) => [
      date,
      { failures: texts.map((why) => ({ code: 'ERROR' as const, why })), isActive: active.includes(date) },
    ]),
  );

it('dates that failed with the same error, its numbers apart, are one cause', () => {
  const checks = failureChecks(
    records({
      '2024-01-15': ['Statement 17 took too long'],
      '2024-01-16': ['Statement 18 took too long'],
      '2024-01-17': ['A column is missing'],
    }),
    [],
  );
  expect(checks).toEqual([
    {
      cause: expect.stringMatching(/^runs:[0-9a-f]{12}$/),
      isFiring: true,
      message: 'The run of 2024-01-15 and 1 more has failed: Statement 17 took too long',
      dates: ['2024-01-15', '2024-01-16'],
    },
    {
      cause: expect.stringMatching(/^runs:[0-9a-f]{12}$/),
      isFiring: true,
      message: 'The run of 2024-01-17 has failed: A column is missing',
      dates: ['2024-01-17'],
    },
  ]);
});

it('an alert stays as it is while a run of one of its dates is active', () => {
  const alerted = [{ cause: 'runs:0123456789ab', dates: ['2024-01-15'] }];
  expect(failureChecks(records({ '2024-01-15': ['A fault'] }, ['2024-01-15']), alerted)).toEqual([]);
  expect(failureChecks(records({ '2024-01-15': [] }), alerted)).toEqual([
    { cause: 'runs:0123456789ab', isFiring: false },
  ]);
});

it('an alert keeps a date that is being run again while another date still fails', () => {
  const failed = records({ '2024-01-15': ['A fault'], '2024-01-16': ['A fault'] });
  const [{ cause = '', dates } = { dates: [] }] = failureChecks(failed, []) as {
    cause: string;
    dates: string[];
  }[];
  const again = failureChecks(
    records({ '2024-01-15': ['A fault'], '2024-01-16': ['A fault'] }, ['2024-01-16']),
    [{ cause, dates }],
  );
  expect(again).toMatchObject([{ cause, isFiring: true, dates: ['2024-01-15', '2024-01-16'] }]);
});

it.each(['CANCELLED', 'SOURCE_PURGED', 'ETL_WINDOW_EXPIRED', 'UNKNOWN'] as const)(
  'a failure with the code %s opens no alert',
  (code) => {
    const failures = [{ code, why: 'a fault' }];
    expect(failureChecks(new Map([['2024-01-15', { failures, isActive: false }]]), [])).toEqual([]);
  },
);
