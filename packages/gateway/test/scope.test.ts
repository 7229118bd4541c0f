import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { addLeftOutAndRestated, checkCells } from './cells-of-world.ts';
import { checkRestatements, type LoadedWorld, loadWorld } from './restated-world.ts';
import { API, type Gateway, openGateway } from './support.ts';
import { ADMIN_ROLE, JWT_ENV, signed } from './tokens.ts';
import { ancestry, build, DATES, rowsOf, type World, world } from './world.ts';

/** Worlds, and readers of each. They make more than ten thousand requests, each compared with an independent result. */
const WORLDS = 24;
const READERS = 16;

interface Claims {
  directorate?: string | number | null | undefined;
  unit?: string | number | null | undefined;
}

let gateway: Gateway;
let compared = 0;
let rowsSeen = 0;
let emptyAnswers = 0;
let restatementsSeen = 0;

beforeAll(async () => {
  gateway = await openGateway(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { env: JWT_ENV },
  );
});

afterAll(() => gateway?.close());

const anyName = fc.constantFrom(
  ...[undefined, null, '', 'A', 'a', 'A ', 'B', '1', '3', '5', '7', '%', '_', "'", 'none', '0', '01', '1e0'],
  ...[1, 2, 3, 5, 8],
);

/** The value of a claim: mostly an existing category of the right level. */
interface Wanted {
  category: number;
  how: 'idnumber' | 'id' | 'id as text' | 'any name';
  name: string | number | null | undefined;
}

const wanted: fc.Arbitrary<Wanted> = fc.record({
  category: fc.nat(),
  how: fc.constantFrom('idnumber', 'id', 'id as text', 'any name'),
  name: anyName,
});

const reader = fc.record(
  { directorate: wanted, unit: fc.option(wanted, { nil: undefined, freq: 2 }) },
  { requiredKeys: [] },
);

function claimsOf(
  { categories }: World,
  { directorate, unit }: { directorate?: Wanted; unit?: Wanted | undefined },
): Claims {
  const say = ({ category, how, name }: Wanted, isTop: boolean) => {
    const level = categories.filter(({ parent }) => (parent === 0) === isTop);
    const one = level[category % level.length];
    if (how === 'any name' || !one) return name;
    return how === 'idnumber' ? one.idnumber : how === 'id' ? one.id : String(one.id);
  };
  return {
    ...(directorate && { directorate: say(directorate, true) }),
    ...(unit && { unit: say(unit, false) }),
  };
}

/** Uses the parents, not the paths that the system uses. */
function isVisible(all: World, claims: Claims, category: number): boolean {
  const { directorate = null, unit = null } = claims;
  const up = ancestry(all, category);
  const isNamed = (name: string | number, isTop: boolean) => {
    const level = all.categories.filter(({ parent }) => (parent === 0) === isTop);
    const text = String(name);
    if (text === '') return false;
    const byNumber = level.filter(({ idnumber }) => idnumber === text);
    const named = byNumber.length > 0 ? byNumber : level.filter(({ id }) => String(id) === text);
    return named.some(({ id }) => up.includes(id));
  };
  if (directorate === null && unit === null) return false;
  return (directorate === null || isNamed(directorate, true)) && (unit === null || isNamed(unit, false));
}

/** The ids of the courses whose rows of a date the claims make visible, in the order of the rows. */
async function expectedIds(all: World, claims: Claims, date: string): Promise<number[]> {
  const rows = await gateway.warehouse
    .selectFrom('user_activity_etl')
    .select(['moodle_course_id', 'category_id'])
    .where('extraction_date', '=', date)
    .orderBy('id')
    .execute();
  return rows
    .filter(({ category_id }) => isVisible(all, claims, Number(category_id)))
    .map(({ moodle_course_id }) => Number(moodle_course_id));
}

async function check(all: World, claims: Claims): Promise<void> {
  const token = await signed({ username: 'viewer', roles: ['lecturer'], ...claims });
  const get = async (path: string) => {
    const answer = await gateway.app.inject({
      method: 'GET',
      url: `${API}/${path}`,
      headers: { authorization: `Bearer ${token}` },
    });
    if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.body}`);
    compared += 1;
    return answer;
  };
  const idsOf = (rows: { moodle_course_id: number | string }[]) =>
    rows.map(({ moodle_course_id }) => Number(moodle_course_id));

  for (const [day, date] of DATES.entries()) {
    const ids = await expectedIds(all, claims, date);
    rowsSeen += ids.length;
    if (ids.length === 0) emptyAnswers += 1;
    const results = (await get(`results/${date}`)).json();
    expect([idsOf(results.data), results.count]).toEqual([ids, ids.length]);
    const page = (await get(`results/${date}?limit=3&offset=1`)).json();
    expect([idsOf(page.data), page.count]).toEqual([ids.slice(1, 4), ids.length]);
    const exported = (await get(`export?date=${date}&limit=4`)).json();
    expect([idsOf(exported.data), exported.has_next]).toEqual([ids.slice(0, 4), ids.length > 4]);
    const later = (await get(`export?date=${date}&limit=10000&offset=2`)).json();
    expect([idsOf(later.data), later.has_next]).toEqual([ids.slice(2), false]);
    const csv = await get(`export?date=${date}&format=csv&limit=all`);
    expect(idsOf(parse(csv.body, { columns: true, bom: true }))).toEqual(ids);
    const lines = (await get(`export?date=${date}&format=ndjson&limit=5`)).body.split('\n').filter(Boolean);
    expect(idsOf(lines.map((line) => JSON.parse(line)))).toEqual(ids.slice(0, 5));
    const paged: number[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const next: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const page: { data: { moodle_course_id: number }[]; next_cursor: string | null } = (
        await get(`export?date=${date}&limit=6${next}`)
      ).json();
      paged.push(...idsOf(page.data));
      cursor = page.next_cursor;
    }
    expect(paged).toEqual(ids);
    const views = rowsOf(all, day)
      .filter(({ moodle_course_id }) => ids.includes(Number(moodle_course_id)))
      .reduce((sum, row) => sum + Number(row.total_views), 0);
    const summary = (await get(`summary?from=${date}&to=${date}&group_by=directorate`)).json();
    expect(summary.totals).toMatchObject({ courses: ids.length, total_views: views });
    const sum = (of: string) =>
      summary.data.reduce((all: number, one: Record<string, number>) => all + (one[of] ?? 0), 0);
    expect([sum('courses'), sum('total_views')]).toEqual([ids.length, views]);
  }
  const range = `from=${DATES[0]}&to=${DATES[2]}`;
  const inRange = new Set((await Promise.all(DATES.map((date) => expectedIds(all, claims, date)))).flat());
  const byCourse = (await get(`summary?${range}&group_by=course`)).json();
  expect(new Set(idsOf(byCourse.data))).toEqual(inRange);
  for (const grouping of ['unit', 'day']) {
    expect((await get(`summary?${range}&group_by=${grouping}`)).json().totals).toEqual(byCourse.totals);
  }
  await checkDates(all, claims, get, byCourse.totals);
  await checkCourses(all, claims, byCourse, inRange);
  compared += await checkCells(gateway, all, token, (category) => isVisible(all, claims, category));
}

/** What the load of a world changed of the one before it. */
async function checkRestated(loaded: LoadedWorld, all: World, claims: Claims): Promise<void> {
  const token = await signed({ username: 'viewer', roles: ['lecturer'], ...claims });
  const get = (path: string) => {
    compared += 1;
    return gateway.app.inject({ url: `${API}/${path}`, headers: { authorization: `Bearer ${token}` } });
  };
  const isInScope = (category: number) => isVisible(all, claims, category);
  restatementsSeen += await checkRestatements(loaded, get, isInScope);
}

/** The calls that name no course: their sums and categories are those of the scope. */
async function checkDates(
  all: World,
  claims: Claims,
  get: (path: string) => Promise<{ json(): Record<string, never> }>,
  totals: Record<string, number>,
): Promise<void> {
  const range = `from=${DATES[0]}&to=${DATES[2]}`;
  const viewsOf = (day: number) =>
    rowsOf(all, day)
      .filter(({ category_id }) => isVisible(all, claims, Number(category_id)))
      .reduce((sum, row) => sum + Number(row.total_views), 0);
  const views = DATES.map((_, day) => viewsOf(day));
  const days: { total_views: number }[] = (await get(`days?${range}`)).json().data ?? [];
  expect(days.map(({ total_views }) => total_views)).toEqual(views);
  const series = (await get(`series?${range}&compare=previous`)).json().data as unknown as {
    points: { value: number }[];
    totals: Record<string, { value: number }>;
  };
  expect(series.points.map(({ value }) => value)).toEqual(views);
  for (const [metric, { value }] of Object.entries(series.totals)) expect(value).toBe(totals[metric]);
  const { scope } = (await get('me')).json().data as unknown as { scope: { id: number }[] };
  const visible = all.categories.filter(({ id }) => isVisible(all, claims, id));
  const roots = visible.filter(({ parent }) => !visible.some(({ id }) => id === parent));
  expect(new Set(scope.map(({ id }) => id))).toEqual(new Set(roots.map(({ id }) => id)));
  // A course and a category that exist outside the scope answer as those that do not exist.
  const outside = all.categories.find(({ id }) => !visible.some((one) => one.id === id));
  const token = await signed({ username: 'viewer', roles: ['lecturer'], ...claims });
  const refused = async (query: string) => {
    const answer = await gateway.app.inject({
      url: `${API}/series?${range}&${query}`,
      headers: { authorization: `Bearer ${token}` },
    });
    compared += 1;
    expect(answer.statusCode).toBe(400);
    return String(answer.json().error).replace(/"[^"]*"/, '""');
  };
  const isNamed = (id: number) => visible.some(({ idnumber }) => idnumber === String(id));
  if (outside && !isNamed(outside.id)) {
    const unknown = (await refused('category=none-of-these')).split('.')[0];
    expect((await refused(`category=${outside.id}`)).split('.')[0]).toBe(unknown);
  }
  const hidden = all.courses.find(({ category }) => !isVisible(all, claims, category));
  if (hidden) expect(await refused(`course=${hidden.id}`)).toBe(await refused('course=999999'));
}

/** The calls that name courses, or add up categories. */
async function checkCourses(
  all: World,
  claims: Claims,
  byCourse: { data: { moodle_course_id: number; total_views: number }[]; totals: { total_views: number } },
  inRange: ReadonlySet<number>,
): Promise<void> {
  const token = await signed({ username: 'viewer', roles: ['lecturer'], ...claims });
  const get = (path: string) => {
    compared += 1;
    return gateway.app.inject({ url: `${API}/${path}`, headers: { authorization: `Bearer ${token}` } });
  };
  const range = `from=${DATES[0]}&to=${DATES[2]}`;
  const views = byCourse.totals.total_views;
  const courses = (await get(`courses?${range}&limit=500&sort=name`)).json().data;
  expect(new Set(courses.map((one: { moodle_course_id: number }) => one.moodle_course_id))).toEqual(inRange);
  expect(viewsIn(courses)).toBe(views);
  const categories = (await get(`categories?${range}`)).json();
  expect([categories.totals.courses, viewsIn(categories.data)]).toEqual([inRange.size, views]);
  for (const { id } of all.courses.slice(0, 3)) {
    const one = await get(`courses/${id}?${range}`);
    expect(one.statusCode).toBe(inRange.has(id) ? 200 : 404);
    if (!inRange.has(id)) continue;
    const own = byCourse.data.filter(({ moodle_course_id }) => moodle_course_id === id);
    expect(one.json().data.totals.total_views.value).toBe(viewsIn(own));
  }
}

function viewsIn(rows: readonly { total_views: number }[]): number {
  return rows.reduce((sum, { total_views }) => sum + total_views, 0);
}

it('every call returns all rows inside the scope and none outside', async () => {
  await fc.assert(
    fc.asyncProperty(
      world,
      fc.array(reader, { minLength: READERS, maxLength: READERS }),
      async (all, readers) => {
        const loaded = await loadWorld(gateway, all);
        for (const reader of readers) await checkRestated(loaded, all, claimsOf(all, reader));
        await addLeftOutAndRestated(gateway, all);
        for (const reader of readers) await check(all, claimsOf(all, reader));
      },
    ),
    { numRuns: WORLDS, endOnFailure: true },
  );
  expect(compared).toBeGreaterThan(10_000);
  // The generated readers see enough rows, and enough of them see none.
  expect(rowsSeen).toBeGreaterThan(1000);
  expect(emptyAnswers).toBeGreaterThan(100);
  expect(restatementsSeen).toBeGreaterThan(1000);
});

it('an administrator sees everything for any other claims, and needs a user name', async () => {
  const [all] = fc.sample(world, 1) as [World];
  await build(gateway, all);
  const count = async (claims: Record<string, unknown>) => {
    const answer = await gateway.app.inject({
      method: 'GET',
      url: `${API}/results/${DATES[0]}`,
      headers: { authorization: `Bearer ${await signed(claims)}` },
    });
    return answer.json().count;
  };
  const rows = rowsOf(all, 0).length;
  expect(await count({ username: 'root', roles: ['lecturer', ADMIN_ROLE], directorate: 'none' })).toBe(rows);
  expect(await count({ username: 'root', roles: 'dean' })).toBe(rows);
  expect(await count({ roles: [ADMIN_ROLE] })).toBe(0);
  expect(await count({ username: null, roles: [ADMIN_ROLE] })).toBe(0);
  expect(await count({ username: 'root', roles: [ADMIN_ROLE.toUpperCase()] })).toBe(0);
  expect(await count({ username: 'root', roles: [`${ADMIN_ROLE}-readonly`, 'de'] })).toBe(0);
  expect(await count({ username: 'root' })).toBe(0);
});
