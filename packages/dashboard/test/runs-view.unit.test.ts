import { describe, expect, it } from 'vitest';
import { rowsAfter } from '../src/api/run-events.ts';
import type { RunEvent, SchedulerRow } from '../src/api/types.ts';
import { clockAfter } from '../src/clock.ts';
import { effectOf } from '../src/views/runs/effect.ts';
import { lastOfCalendar } from '../src/views/runs/last-of-calendar.ts';
import { isSilent, runsOf, statusOf } from '../src/views/runs/runs-of.ts';

const row = (about: Partial<SchedulerRow>): SchedulerRow => ({
  id: 1,
  run_id: 'a',
  job_id: 'a',
  batch_name: 'activity_counts',
  extraction_date: '2024-01-15',
  offset: 0,
  numrow: 100,
  limit_size: 500,
  status: 2,
  start_date: '2024-01-15 00:00:00',
  end_date: '2024-01-15 23:59:59',
  trigger_type: 'schedule',
  requested_by: 'schedule',
  attempt: 1,
  error_details: null,
  failure_code: null,
  details: {},
  active_key: null,
  fence: 1,
  lease_until: null,
  started_at: null,
  finished_at: null,
  created_at: '2024-01-16 02:00:00',
  updated_at: '2024-01-16 02:00:00',
  ...about,
});

const event = (about: Partial<RunEvent>): RunEvent => ({
  run_id: 'a',
  extraction_date: '2024-01-15',
  trigger_type: 'schedule',
  batch_name: 'activity_counts',
  status: 'running',
  progress: 40,
  offset: 40,
  numrow: 100,
  error_details: null,
  ...about,
});

describe('the rows of a date as runs', () => {
  it('the newest run comes first, its batches in the order in which they depend on each other', () => {
    const runs = runsOf([
      row({ id: 6, run_id: 'b', batch_name: 'main_etl', status: 4 }),
      row({ id: 5, run_id: 'b', batch_name: 'user_counts', status: 1 }),
      row({ id: 4, run_id: 'b', status: 1 }),
      row({ id: 3, run_id: 'a', status: 3 }),
    ]);
    expect(runs.map(({ id, status }) => [id, status])).toEqual([
      ['b', 'running'],
      ['a', 'failed'],
    ]);
    expect(runs[0]?.batches.map(({ batch_name }) => batch_name)).toEqual([
      'activity_counts',
      'user_counts',
      'main_etl',
    ]);
  });

  it.each([
    [['running', 'failed'], 'running'],
    [['queued', 'completed'], 'running'],
    [['queued', 'failed'], 'queued'],
    [['failed', 'completed'], 'failed'],
    [['completed', 'completed'], 'completed'],
  ] as const)('a run with %s batches is %s', (batches, status) => {
    expect(statusOf(batches)).toBe(status);
  });
});

describe('an event of a batch', () => {
  it('moves the progress of its row, and of no other', () => {
    const other = row({ id: 2, batch_name: 'user_counts' });
    const { rows, isKnown } = rowsAfter([row({}), other], event({}));
    expect(isKnown).toBe(true);
    expect(rows).toEqual([row({ offset: 40 }), other]);
  });

  it('says that rows must be read again if the state differs or the run is new', () => {
    expect(rowsAfter([row({})], event({ status: 'completed' })).isKnown).toBe(false);
    expect(rowsAfter([row({})], event({ run_id: 'b' })).isKnown).toBe(false);
  });
});

it.each([
  ['missing', null, 'first'],
  ['final', 'failed', 'replaced'],
  ['provisional', 'completed', 'replaced'],
  ['purged', 'completed', 'purged'],
  ['final', 'running', 'active'],
  ['missing', 'queued', 'active'],
  ['future', null, 'future'],
] as const)('a new run of a %s date whose last run is %s: %s', (state, status, effect) => {
  expect(effectOf({ state, last_run: status && { run_id: 'a', status } })).toBe(effect);
});

it("the server's clock goes on from its answer, also over midnight", () => {
  expect(clockAfter('2024-01-15 23:59:58', 3500)).toBe('2024-01-16 00:00:01');
});

describe('the last date of the calendar', () => {
  const TODAY = '2026-11-29';

  it('is today, whatever the newest date with figures', () => {
    expect(lastOfCalendar({}, TODAY)).toBe(TODAY);
  });

  it.each([
    ['2026-11-29', TODAY],
    ['2026-09-07', TODAY],
    ['2026-09-06', '2026-09-06'],
    ['2024-01-15', '2024-02-25'],
    ['2027-01-01', TODAY],
  ])('of a link to %s is %s: the date is in the calendar', (date, last) => {
    expect(lastOfCalendar({ date }, TODAY)).toBe(last);
  });

  it('is that of the address, and never after today', () => {
    expect(lastOfCalendar({ until: '2024-02-25', date: '2026-11-01' }, TODAY)).toBe('2024-02-25');
    expect(lastOfCalendar({ until: '2027-02-25' }, TODAY)).toBe(TODAY);
    expect(lastOfCalendar({ until: 'yesterday' }, TODAY)).toBe(TODAY);
  });
});

it.each([
  [2, '02:00:20', false],
  [2, '02:00:09', true],
  [2, null, false],
  [1, '02:00:09', false],
] as const)(
  'at 02:00:20, a batch of status %s with a lease until %s has a silent worker: %s',
  (status, until, silent) => {
    const lease_until = until && `2024-01-16 ${until}`;
    expect(isSilent({ status, lease_until }, '2024-01-16 02:00:20')).toBe(silent);
  },
);
