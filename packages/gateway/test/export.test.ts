import { perViewKind } from '@etl/core';
import { inTransaction, replaceUserActivity, type UserActivity } from '@etl/warehouse';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { UserActivity as Fields } from '../src/contract/figure-answers.ts';
import { API, type Gateway, mergeRows, openGateway, TOKEN } from './support.ts';

const DATE = '2024-01-15';

let gateway: Gateway;

const rows: UserActivity[] = Array.from({ length: 25 }, (_, index) => ({
  moodle_course_id: index + 2,
  course_id: 'F1',
  id_number: `C${index}`,
  course_name: `Course “${index}” 漢字 😀`,
  course_shortname: `S${index}`,
  category_id: 7,
  category_path: '/2/7',
  num_teachers: 2,
  num_students: index === 0 ? 0 : 25,
  ...perViewKind((_, index) => [150, 300, 75, 200, 100, 50][index] ?? 0),
  total_views: 875,
  avg_activity_per_student_per_day: index === 0 ? null : '35.00',
  active_days: 1,
}));

beforeAll(async () => {
  gateway = await openGateway({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });
  await inTransaction(gateway.warehouse, (trx) => replaceUserActivity(trx, DATE, rows, 10));
});

afterAll(() => gateway?.close());

async function exported(query: string) {
  const answer = await gateway.app.inject({
    method: 'GET',
    url: `${API}/export?${query}`,
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  expect(answer.statusCode).toBe(200);
  return answer.json();
}

it('an export has the documented fields, numbers as numbers, and times in the time zone of the institution', async () => {
  const { data } = await exported(`date=${DATE}&limit=2`);
  const [row] = await gateway.warehouse.selectFrom('user_activity_etl').selectAll().orderBy('id').execute();
  const local = Temporal.Instant.from(`${row?.created_at.replace(' ', 'T')}Z`)
    .toZonedDateTimeISO('Asia/Jakarta')
    .toPlainDateTime()
    .toString()
    .replace('T', ' ');
  expect(data[0]).toEqual({
    ...rows[0],
    id: row?.id,
    extraction_date: DATE,
    avg_activity_per_student_per_day: null,
    created_at: local,
    updated_at: local,
  });
  expect(data[1].avg_activity_per_student_per_day).toBe(35);
  expect(Object.keys(data[0])).toEqual(Object.keys(Fields.shape));
});

it('the pages of an export contain every row once', async () => {
  const names: string[] = [];
  let offset = 0;
  for (let hasNext = true; hasNext; offset += 10) {
    const page = await exported(`date=${DATE}&limit=10&offset=${offset}`);
    expect(page).toMatchObject({ status: true, limit: 10, offset, extraction_date: DATE });
    names.push(...page.data.map(({ course_name }: UserActivity) => course_name));
    hasNext = page.has_next;
  }
  expect(names).toEqual(rows.map(({ course_name }) => course_name));
  expect(await exported(`date=${DATE}&limit=25`)).toMatchObject({ has_next: false });
});

it('a page of an export that was kept is not the answer after another merge of the date', async () => {
  const [row] = rows as [UserActivity];
  for (const total_views of [875, 876]) {
    await mergeRows(gateway, '2024-01-16', [{ ...row, total_views }]);
    for (const _ of ['read', 'kept']) {
      expect((await exported('date=2024-01-16')).data).toMatchObject([{ total_views }]);
    }
  }
});

it('an export says whether its date has completed, and which date is the last that has', async () => {
  const other = '2024-01-20';
  const said = async () => {
    const { data, extraction_date, completed, last_completed_date } = await exported(`date=${other}`);
    return { rows: data.length, extraction_date, completed, last_completed_date };
  };
  await mergeRows(gateway, '2024-01-19', []);
  expect(await said()).toEqual({
    rows: 0,
    extraction_date: other,
    completed: false,
    last_completed_date: '2024-01-19',
  });
  await mergeRows(gateway, other, []);
  expect(await said()).toEqual({
    rows: 0,
    extraction_date: other,
    completed: true,
    last_completed_date: other,
  });
});
