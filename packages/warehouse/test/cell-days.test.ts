import { type Scratch, scratchDatabase } from '@etl/local-stack';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { explainCell, migrate, onSnapshot, openWarehouse, type Warehouse } from '../src/index.ts';

const COURSE = 7;

let database: Scratch<string>;
let warehouse: Warehouse;

beforeAll(async () => {
  database = await scratchDatabase(inject('mysqlUrl'), 'celoeapi');
  warehouse = openWarehouse({ ETL_DATABASE_URL: database.value }, { connections: 2, statementSeconds: 60 });
  await migrate(warehouse);
});

afterAll(async () => {
  await warehouse?.destroy();
  await database?.remove();
});

/** A date as a merge in a time zone leaves it, with a row of one course. */
async function merge(date: string, timeZone: string): Promise<void> {
  const id = `${date} ${timeZone}`;
  await sql`INSERT INTO log_scheduler (run_id, job_id, batch_name, extraction_date, limit_size, status, start_date,
      end_date, trigger_type, requested_by, details, finished_at)
    VALUES (${id}, ${id}, 'main_etl', ${date}, 1, 1, ${date}, ${date}, 'api', 'test',
      ${JSON.stringify({ time_zone: timeZone })}, NOW(3))`.execute(warehouse);
  await sql`INSERT IGNORE INTO user_activity_etl (moodle_course_id, category_id, quiz_views, total_views, active_days, extraction_date)
    VALUES (${COURSE}, 1, 3, 3, 1, ${date})`.execute(warehouse);
}

const epoch = (utc: string) => Date.parse(utc) / 1000;

it.each([
  {
    day: 'of 24 hours',
    date: '2024-01-15',
    zone: 'Asia/Jakarta',
    begins: '00:00:00',
    first: '2024-01-14T17:00:00Z',
    last: '2024-01-15T16:59:59Z',
  },
  {
    day: 'of 23 hours',
    date: '2024-03-31',
    zone: 'Europe/Berlin',
    begins: '00:00:00',
    first: '2024-03-30T23:00:00Z',
    last: '2024-03-31T21:59:59Z',
  },
  {
    day: 'of 25 hours',
    date: '2024-10-27',
    zone: 'Europe/Berlin',
    begins: '00:00:00',
    first: '2024-10-26T22:00:00Z',
    last: '2024-10-27T22:59:59Z',
  },
  {
    day: 'that begins an hour after midnight',
    date: '2018-11-04',
    zone: 'America/Sao_Paulo',
    begins: '01:00:00',
    first: '2018-11-04T03:00:00Z',
    last: '2018-11-05T01:59:59Z',
  },
])(
  "a cell names the first and last second of a day $day, in the zone of its merge and not in today's",
  async ({ date, zone, begins, first, last }) => {
    await merge(date, zone);
    const { day, sources } = await onSnapshot(warehouse, (snapshot) =>
      explainCell(snapshot, {
        scope: 'everything',
        date,
        course: String(COURSE),
        metric: 'quiz_views',
        timeZone: 'Pacific/Auckland',
        today: '2024-12-01',
        showsRequester: true,
      }),
    );
    expect(day).toEqual({
      from: `${date} ${begins}`,
      to: `${date} 23:59:59`,
      time_zone: zone,
      first_second: epoch(first),
      last_second: epoch(last),
    });
    expect(sources.map(({ filter }) => filter)).toEqual([
      expect.stringContaining(`timecreated BETWEEN ${epoch(first)} AND ${epoch(last)}`),
    ]);
  },
);
