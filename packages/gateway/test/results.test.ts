import type { BatchFindings } from '@etl/warehouse';
import type { KyselyPlugin } from 'kysely';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { API, course, type Gateway, mergeRows, openGateway, TOKEN } from './support.ts';

const DATE = '2024-01-15';

let gateway: Gateway;
/** Runs between the reads of one request. */
let betweenReads: (() => Promise<void>) | undefined;

const pauseAfterSchedulerRow: KyselyPlugin = {
  transformQuery: ({ node }) => node,
  transformResult: async ({ result }) => {
    const act = betweenReads;
    if (act && result.rows.some((row) => 'active_key' in row)) {
      betweenReads = undefined;
      await act();
    }
    return result;
  },
};

beforeAll(async () => {
  const servers = { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') };
  gateway = await openGateway(servers, { plugins: [pauseAfterSchedulerRow] });
});

afterAll(() => gateway?.close());

/** Merges the date with this number of views. */
const merge = (views: number, findings: BatchFindings) =>
  mergeRows(
    gateway,
    DATE,
    [
      {
        ...course(2),
        file_views: views,
        total_views: views,
        avg_activity_per_student_per_day: `${views}.00`,
      },
    ],
    findings,
  );

const results = async () =>
  (
    await gateway.app.inject({
      method: 'GET',
      url: `${API}/results/${DATE}`,
      headers: { authorization: `Bearer ${TOKEN}` },
    })
  ).json();

it('results and the facts about them belong to the same run, even if a run ends between the reads', async () => {
  const asOf = '2024-01-15 20:00:00.500';
  await merge(1, { provisional: true, user_counts_as_of: asOf });
  const first = {
    count: 1,
    provisional: true,
    // In Jakarta's time zone.
    user_counts_as_of: '2024-01-16 03:00:00',
    data: [{ total_views: 1 }],
  };
  expect(await results()).toMatchObject(first);

  let merged = false;
  betweenReads = async () => {
    await merge(2, { provisional: false, user_counts_as_of: '2024-01-17 20:00:00.000' });
    merged = true;
  };
  expect(await results()).toMatchObject(first);
  expect(merged).toBe(true);
  expect(await results()).toMatchObject({ count: 1, provisional: false, data: [{ total_views: 2 }] });
});

it('scheduler_data has times in the time zone of the institution', async () => {
  const answer = await gateway.app.inject({
    method: 'GET',
    url: `${API}/scheduler_data?limit=1`,
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  expect(answer.json().data[0].details.user_counts_as_of).toBe('2024-01-18 03:00:00');
});
