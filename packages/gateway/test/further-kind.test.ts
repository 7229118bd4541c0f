import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { API, course, type Gateway, mergeRows, openGateway, TOKEN } from './support.ts';

/** All modules of this file see the list with one more line, as the example in CONTRIBUTING.md adds it. */
vi.mock('../../core/src/view-kinds.ts', async (original) => {
  const { VIEW_KINDS } = await original<typeof import('@etl/core')>();
  const others = VIEW_KINDS.filter(({ component }) => component !== ('mod_h5pactivity' as string));
  return { VIEW_KINDS: [...others, { column: 'h5p_views', component: 'mod_h5pactivity', label: 'H5P' }] };
});

/** The migration of that example. The views for other tools, which name the column, come after it. */
vi.mock('../../warehouse/src/migrations/index.ts', async (original) => {
  const migrations = await original<typeof import('../../warehouse/src/migrations/index.ts')>();
  const { addColumnIfMissing } = await import('../../warehouse/src/migrations/repeatable.ts');
  const up = async (db: Kysely<unknown>) => {
    for (const table of ['user_activity_etl', 'rollup_days', 'rollup_courses'])
      await addColumnIfMissing(db, table, 'h5p_views', sql`int(11) DEFAULT 0`);
  };
  return { ...migrations, MIGRATIONS: { ...migrations.MIGRATIONS, '9999-h5p-views': { up } } };
});

const DATE = '2024-01-15';

let gateway: Gateway;

beforeAll(async () => {
  gateway = await openGateway({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });
  const counts = { h5p_views: 4, total_views: 5 };
  await mergeRows(gateway, DATE, [
    { ...course(2), ...counts },
    { ...course(3), ...counts },
  ]);
});

afterAll(() => gateway?.close());

const ask = (path: string) =>
  gateway.app.inject({ url: `${API}/${path}`, headers: { authorization: `Bearer ${TOKEN}` } });

it.each([`results/${DATE}`, `export?date=${DATE}`])(
  'a kind of view that is added to the list stands before the total in %s',
  async (path) => {
    const [row] = (await ask(path)).json().data;
    expect(row).toMatchObject({ file_views: 1, h5p_views: 4, total_views: 5 });
    const fields = Object.keys(row);
    expect(fields.indexOf('total_views') - fields.indexOf('h5p_views')).toBe(1);
  },
);

it('a kind of view that is added to the list is a column of the CSV', async () => {
  const [header, row] = (await ask(`export?date=${DATE}&format=csv&limit=all`)).body.split('\r\n');
  const columns = header?.split(',') ?? [];
  expect(row?.split(',')[columns.indexOf('h5p_views')]).toBe('4');
});

it.each(['course', 'unit', 'directorate', 'day'])(
  'a kind of view that is added to the list is added up in the summary by %s',
  async (grouping) => {
    const { data, totals } = (await ask(`summary?from=${DATE}&to=${DATE}&group_by=${grouping}`)).json();
    expect(totals).toMatchObject({ h5p_views: 8, total_views: 10 });
    expect(data[0]).toMatchObject({ h5p_views: grouping === 'course' ? 4 : 8 });
  },
);

it.each([
  ['v_course_day', [{ kind: 4 }, { kind: 4 }]],
  ['v_category_day', [{ kind: 8 }]],
])('a kind of view that is added to the list is a column of %s', async (view, rows) => {
  const found = await sql`SELECT h5p_views AS kind FROM ${sql.table(view)}`.execute(gateway.warehouse);
  expect(found.rows).toEqual(rows);
});

it('a kind of view that is added to the list is described in the OpenAPI document', async () => {
  const { components } = (await gateway.app.inject('/openapi.json')).json();
  expect(components.schemas.UserActivity.properties.h5p_views).toMatchObject({
    type: 'integer',
    description: 'H5P: views of `mod_h5pactivity`',
  });
  expect(components.schemas.RolledUp.required).toContain('h5p_views');
});
