import { fillFailureCodes, type Warehouse } from '@etl/warehouse';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Alert, Look } from '../src/alert.ts';
import { failedRunLooks } from '../src/looks/failed-runs.ts';
import { lateDateLooks } from '../src/looks/late-dates.ts';
import { openScratchWarehouse, writeMerge } from './support.ts';

const CONFIG = { ETL_TIMEZONE: 'Asia/Jakarta', ETL_CATCH_UP_DAYS: 3 };

let warehouse: Warehouse;
let close: () => Promise<void>;

beforeEach(async () => {
  ({ warehouse, close } = await openScratchWarehouse());
});

afterEach(() => close());

/** The alerts that were opened by these looks. */
const alertsOf = (looks: readonly Look[]) =>
  looks.filter((look) => look.isThere) as unknown as readonly Alert[];

const there = (looks: readonly Look[]) => looks.filter(({ isThere }) => isThere).map(({ cause }) => cause);
const over = (looks: readonly Look[]) => looks.filter(({ isThere }) => !isThere).map(({ cause }) => cause);

it('a date is late once the day after it has ended on the clocks of the institution, also where nothing has ever run', async () => {
  await sql`UPDATE kysely_migration SET timestamp = '2024-01-14T20:00:00.000Z'`.execute(warehouse);
  const at = (now: string) => lateDateLooks(warehouse, [], CONFIG, new Date(now));
  // Installed on the 15th, in Jakarta.
  expect(await at('2024-01-16T16:59:59Z')).toEqual([]);
  const [look] = await at('2024-01-16T17:00:00Z');
  expect(look).toEqual({
    cause: 'late:2024-01-15',
    isThere: true,
    message: 'The figures of 2024-01-15 are not there: they were due by the end of 2024-01-16 (Asia/Jakarta)',
  });
  // As far back as is caught up, and what was told of before.
  const much = await lateDateLooks(
    warehouse,
    alertsOf([look as Look]),
    CONFIG,
    new Date('2024-02-01T00:00:00Z'),
  );
  expect(there(much)).toEqual(['late:2024-01-28', 'late:2024-01-29', 'late:2024-01-30', 'late:2024-01-15']);
});

it('a late date is over when its figures are there, and of the whole day', async () => {
  await sql`UPDATE kysely_migration SET timestamp = '2024-01-15T00:00:00.000Z'`.execute(warehouse);
  const look = () => lateDateLooks(warehouse, [], CONFIG, new Date('2024-01-17T00:00:00Z'));
  await writeMerge(warehouse, '2024-01-15', 1, { provisional: true });
  expect(there(await look())).toEqual(['late:2024-01-15']);
  await writeMerge(warehouse, '2024-01-15', 3, { error: 'a fault' });
  await writeMerge(warehouse, '2024-01-15', 2);
  expect(there(await look())).toEqual(['late:2024-01-15']);
  await writeMerge(warehouse, '2024-01-15', 1);
  expect(over(await look())).toEqual(['late:2024-01-15']);
});

it('dates that fail of the same are one cause, which is over when each has ended in another way', async () => {
  await writeMerge(warehouse, '2024-01-15', 3, { error: 'Statement 17 took too long' });
  await writeMerge(warehouse, '2024-01-16', 3, { error: 'Statement 18 took too long' });
  await writeMerge(warehouse, '2024-01-17', 3, { error: 'A column is missing' });
  const looks = await failedRunLooks(warehouse, []);
  expect(looks).toEqual([
    {
      cause: expect.stringMatching(/^runs:[0-9a-f]{12}$/),
      isThere: true,
      message: 'The run of 2024-01-15 and 1 more has failed: Statement 17 took too long',
      dates: ['2024-01-15', '2024-01-16'],
    },
    {
      cause: expect.stringMatching(/^runs:[0-9a-f]{12}$/),
      isThere: true,
      message: 'The run of 2024-01-17 has failed: A column is missing',
      dates: ['2024-01-17'],
    },
  ]);
  const [slow, column] = there(looks);
  const known = alertsOf(looks);

  // While it is run again nobody can say.
  await writeMerge(warehouse, '2024-01-17', 2);
  expect(await failedRunLooks(warehouse, known)).toHaveLength(1);
  await sql`UPDATE log_scheduler SET status = 1, active_key = NULL WHERE status = 2`.execute(warehouse);
  await writeMerge(warehouse, '2024-01-15', 1);
  expect(over(await failedRunLooks(warehouse, known))).toEqual([column]);
  expect(there(await failedRunLooks(warehouse, known))).toEqual([slow]);
  await writeMerge(warehouse, '2024-01-16', 3, { code: 'CANCELLED' });
  expect(over(await failedRunLooks(warehouse, known))).toEqual([slow, column]);
});

it('what failed long ago is told no more; what was told of is watched until it is over', async () => {
  await writeMerge(warehouse, '2024-01-15', 3, { error: 'a fault' });
  const known = alertsOf(await failedRunLooks(warehouse, []));
  await sql`UPDATE log_scheduler SET finished_at = finished_at - INTERVAL 2 DAY, failed_at = failed_at - INTERVAL 2 DAY`.execute(
    warehouse,
  );
  expect(await failedRunLooks(warehouse, [])).toEqual([]);
  expect(there(await failedRunLooks(warehouse, known))).toHaveLength(1);
});

it.each(['CANCELLED', 'SOURCE_PURGED', 'ETL_WINDOW_EXPIRED'])(
  'a run that failed with %s is not alerted',
  async (code) => {
    await writeMerge(warehouse, '2024-01-15', 3, { error: 'a fault', code });
    expect(await failedRunLooks(warehouse, [])).toEqual([]);
  },
);

it('a run that a process of a former version ended is alerted once its failure code is filled', async () => {
  await writeMerge(warehouse, '2024-01-15', 3, { error: 'a fault' });
  const known = alertsOf(await failedRunLooks(warehouse, []));
  await sql`UPDATE log_scheduler SET failure_code = NULL, failed_at = NULL`.execute(warehouse);
  expect(await failedRunLooks(warehouse, [])).toEqual([]);
  expect(over(await failedRunLooks(warehouse, known))).toEqual([]);
  await fillFailureCodes(warehouse);
  expect(there(await failedRunLooks(warehouse, []))).toHaveLength(1);
});

it('a run that has failed is not mended by another batch of its date', async () => {
  await writeMerge(warehouse, '2024-01-15', 3, { error: 'A column is missing' });
  const failed = await failedRunLooks(warehouse, []);
  await writeMerge(warehouse, '2024-01-15', 1, { batch: 'user_counts' });
  expect(there(await failedRunLooks(warehouse, alertsOf(failed)))).toEqual(there(failed));
  await writeMerge(warehouse, '2024-01-15', 1);
  expect(over(await failedRunLooks(warehouse, alertsOf(failed)))).toEqual(there(failed));
});
