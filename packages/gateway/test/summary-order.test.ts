import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { API, course, type Gateway, mergeRows, openGateway, TOKEN } from './support.ts';
import { ADMIN_ROLE, JWT_ENV, signed } from './tokens.ts';
import { ancestry, build, DATES, rowsOf, world } from './world.ts';

let gateway: Gateway;

beforeAll(async () => {
  gateway = await openGateway(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { env: JWT_ENV },
  );
});

afterAll(() => gateway?.close());

const RANGE = `from=${DATES[0]}&to=${DATES[2]}`;

const summary = async (query: string, token = TOKEN) => {
  const answer = await gateway.app.inject({
    url: `${API}/summary?${RANGE}&${query}`,
    headers: { authorization: `Bearer ${token}` },
  });
  return answer.json();
};

it('a summary of a category has the rows of its subtree, and no others', async () => {
  await fc.assert(
    fc.asyncProperty(world, fc.nat(), fc.boolean(), async (all, pick, byNumber) => {
      await build(gateway, all);
      const category = all.categories[pick % all.categories.length] as (typeof all.categories)[number];
      // An idnumber goes before an id, and several categories can have the same.
      const asked = byNumber && category.idnumber ? category.idnumber : String(category.id);
      const named = all.categories.filter(({ idnumber }) => idnumber === asked);
      const roots = named.length > 0 ? named : all.categories.filter(({ id }) => String(id) === asked);
      const inside = DATES.flatMap((_, day) => rowsOf(all, day)).filter(({ category_id }) =>
        ancestry(all, Number(category_id)).some((id) => roots.some((root) => root.id === id)),
      );
      for (const grouping of ['course', 'unit', 'directorate', 'day']) {
        const found = await summary(`group_by=${grouping}&category=${encodeURIComponent(asked)}`);
        expect(found.totals).toMatchObject({
          courses: new Set(inside.map((row) => row.moodle_course_id)).size,
          total_views: inside.reduce((sum, row) => sum + Number(row.total_views), 0),
        });
      }
    }),
    { numRuns: 20, endOnFailure: true },
  );
});

it('sorted groups are the same groups in the order of their figure, and what has none comes last', async () => {
  await fc.assert(
    fc.asyncProperty(
      world,
      fc.constantFrom('course', 'unit', 'directorate', 'day'),
      fc.constantFrom('courses', 'total_views', 'num_students', 'avg_activity_per_student_per_day'),
      fc.constantFrom('asc', 'desc'),
      async (all, grouping, sort, order) => {
        await build(gateway, all);
        const plain = (await summary(`group_by=${grouping}`)).data;
        const sorted = (await summary(`group_by=${grouping}&sort=${sort}&order=${order}`)).data;
        // A stable sort of the plain answer, by infinity for null.
        const last = order === 'asc' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
        const key = (group: Record<string, number | null>) => group[sort] ?? last;
        const direction = order === 'asc' ? 1 : -1;
        const expected = plain.toSorted(
          (a: never, b: never) => direction * (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0),
        );
        expect(sorted).toEqual(expected);
        const page = await summary(`group_by=${grouping}&sort=${sort}&order=${order}&limit=2&offset=1`);
        expect(page.data).toEqual(expected.slice(1, 3));
      },
    ),
    { numRuns: 30, endOnFailure: true },
  );
});

it('groups are sorted by name with numbers in their order, and equal names by id', async () => {
  const names = ['Course 10', 'course 2', 'Algebra', 'Algebra', 'Zoology'];
  await mergeRows(
    gateway,
    DATES[0] as string,
    names.map((course_name, index) => ({ ...course(index + 2), course_name })),
  );
  for (const date of DATES.slice(1)) await mergeRows(gateway, date, []);
  const order = async (query: string) =>
    (await summary(query)).data.map((group: { moodle_course_id: number }) => group.moodle_course_id);
  expect(await order('sort=name')).toEqual([4, 5, 3, 2, 6]);
  expect(await order('sort=name&order=desc&limit=3')).toEqual([6, 2, 3]);
});

it('a category outside the scope of a viewer is answered like one that does not exist', async () => {
  await build(gateway, {
    categories: [
      { id: 1, parent: 0, idnumber: 'MINE' },
      { id: 2, parent: 1, idnumber: 'BELOW' },
      { id: 3, parent: 0, idnumber: 'MIND' },
      { id: 4, parent: 0, idnumber: 'OTHER' },
      { id: 5, parent: 0, idnumber: '' },
    ],
    courses: [
      { id: 2, category: 2, views: [1, 1, 1], students: [1, 1, 1] },
      { id: 3, category: 3, views: [1, 1, 1], students: [1, 1, 1] },
    ],
    smallBelow: 0,
  });
  const viewer = await signed({ username: 'viewer', roles: ['lecturer'], directorate: 'MINE' });
  const error = async (asked: string, token: string) => (await summary(`category=${asked}`, token)).error;
  const unknown = (asked: string) => `category: "${asked}" is no category that you can read.`;
  for (const asked of ['3', 'NOWHERE', 'OTHER', '']) {
    expect(await error(asked, viewer)).toBe(`${unknown(asked)} Give its id or idnumber.`);
  }
  // Suggestions are of the viewer's own categories, by idnumber or name.
  const mine = 'Did you mean MINE (Category 1)?';
  expect(await error('MIND', viewer)).toBe(`${unknown('MIND')} ${mine}`);
  expect(await error('category 1', viewer)).toBe(`${unknown('category 1')} ${mine}`);
  expect((await summary('category=BELOW', viewer)).totals.courses).toBe(1);
  const root = await signed({ username: 'root', roles: [ADMIN_ROLE] });
  expect((await summary('category=MIND', root)).totals.courses).toBe(1);
  expect(await error('', root)).toBe(`${unknown('')} Give its id or idnumber.`);
  expect(await error('OTHRE', root)).toBe(`${unknown('OTHRE')} Did you mean OTHER (Category 4)?`);
});

it('a summary as CSV has all groups, with the columns of the JSON and without formulas', async () => {
  await build(gateway, {
    categories: [
      { id: 1, parent: 0, idnumber: '=1+1' },
      { id: 2, parent: 1, idnumber: '@SUM(A1)' },
    ],
    courses: [
      { id: 2, category: 2, views: [1, 2, null], students: [1, 1, 1] },
      { id: 3, category: 9, views: [0, 0, 4], students: [0, 0, 0] },
    ],
    smallBelow: 0,
  });
  const columns = (group: Record<string, unknown>): Record<string, string> =>
    Object.fromEntries(
      Object.entries(group).flatMap(([name, value]): [string, string][] => {
        if (name !== 'directorate' && name !== 'unit') return [[name, String(value ?? '')]];
        const { id = '', idnumber = '', name: own = '' } = (value ?? {}) as Record<string, string | null>;
        const safe = /^[=@]/.test(idnumber ?? '') ? `'${idnumber}` : (idnumber ?? '');
        return [
          [`${name}_id`, String(id)],
          [`${name}_idnumber`, safe],
          [`${name}_name`, String(own)],
        ];
      }),
    );
  for (const grouping of ['course', 'unit', 'directorate', 'day']) {
    const answer = await gateway.app.inject({
      url: `${API}/summary?${RANGE}&group_by=${grouping}&format=csv&sort=total_views`,
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(answer.headers['content-disposition']).toContain(
      `summary_${grouping}_${DATES[0]}_${DATES[2]}.csv`,
    );
    const rows = parse(answer.body, { columns: true, bom: true });
    const { data } = await summary(`group_by=${grouping}&sort=total_views`);
    expect(rows).toEqual(data.map(columns));
    expect(rows.length).toBeGreaterThan(1);
  }
});

it.each([
  ['format=xml', 'format: must be one of json, csv, xlsx, parquet'],
  ['order=asc', 'order: needs sort'],
  ['sort=views', /^sort: must be one of name, courses, num_students, /],
  ['sort=name&order=down', 'order: must be one of asc, desc'],
])('a summary rejects %s', async (query, error) => {
  const found = await summary(query);
  expect(found).toMatchObject({ status: false, code: 'INVALID_REQUEST' });
  expect(found.error).toMatch(error);
});
