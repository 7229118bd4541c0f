import { parse } from 'csv-parse/sync';
import { expect } from 'vitest';
import { type Reader, type Row, rowsIn } from './readers.ts';
import { ancestry, DATES, type World } from './world.ts';

const [FIRST, SECOND, LAST] = DATES as [string, string, string];
/** With a whole week and a whole pentad, so that their parts are read. */
export const RANGE = `from=2024-01-08&to=${LAST}`;

type Json = Record<string, never>;

/** The newest of each course's rows: they have its enrolments and its name. */
function newestOf(rows: readonly Row[]): Row[] {
  const newest = new Map<number, Row>();
  for (const row of rows) {
    const other = newest.get(row.course);
    if (!other || other.date < row.date) newest.set(row.course, row);
  }
  return [...newest.values()];
}

/** The sums of rows, as every answer must have them. */
function totalsOf(rows: readonly Row[]) {
  const newest = newestOf(rows);
  const views = rows.reduce((sum, row) => sum + row.views, 0);
  return {
    courses: newest.length,
    num_students: newest.reduce((sum, { students }) => sum + students, 0),
    num_teachers: newest.length,
    file_views: views,
    total_views: views,
    active_days: new Set(rows.filter((row) => row.views > 0).map(({ date }) => date)).size,
  };
}

/** How many courses have a row that is in no answer of the reader. */
function withheldIn(reader: Reader, rows: readonly Row[]): number {
  const withheld = rows.filter((row) => reader.isInScope(row.category) && !reader.sees(row));
  return new Set(withheld.map(({ course }) => course)).size;
}

/** Every answer that adds rows up or names courses: its figures are those of the rows that the reader sees. */
export async function checkSums(reader: Reader, all: World, pick: number): Promise<void> {
  const get = async (path: string): Promise<Json> => {
    const answer = await reader.get(path);
    if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.body}`);
    return answer.json();
  };
  const every = rowsIn(all);
  const rows = every.filter(reader.sees);
  await checkSummaries(reader, get, every, rows);
  await checkDates(reader, get, every, rows);
  await checkCategories(reader, get, all, pick);
  await checkCourseLists(reader, get, every, rows, pick);
  await checkSingleCourses(reader, all, every, rows);
}

type Get = (path: string) => Promise<Json>;

async function checkSummaries(reader: Reader, get: Get, every: Row[], rows: Row[]): Promise<void> {
  for (const date of DATES) {
    const ofDate = rows.filter((row) => row.date === date);
    const found = await get(`summary?from=${date}&to=${date}&group_by=directorate`);
    expect(found.totals).toMatchObject(totalsOf(ofDate));
    const sum = (of: string) =>
      (found.data as unknown as Record<string, number>[]).reduce((all, one) => all + (one[of] ?? 0), 0);
    const { courses, total_views } = totalsOf(ofDate);
    expect([sum('courses'), sum('total_views')]).toEqual([courses, total_views]);
  }
  for (const grouping of ['course', 'unit', 'day']) {
    const found = await get(`summary?${RANGE}&group_by=${grouping}`);
    expect(found.totals).toMatchObject(totalsOf(rows));
    expect(found.withheld_courses).toBe(withheldIn(reader, every));
  }
  const file = await reader.get(`summary?${RANGE}&group_by=course&format=csv&sort=num_students&order=desc`);
  const groups = parse(file.body, { columns: true, bom: true }) as Record<string, string>[];
  expect(
    groups.map((one) => [Number(one.moodle_course_id), one.course_name, Number(one.total_views)]),
  ).toEqual(
    newestOf(rows)
      .toSorted((a, b) => b.students - a.students || a.course - b.course)
      .map((row) => [row.course, nameOf(row), viewsOf(rows, row.course)]),
  );
}

function nameOf({ course, students }: Row): string {
  return `Logic ${course} of ${students}`;
}

function viewsOf(rows: readonly Row[], course: number): number {
  return totalsOf(rows.filter((row) => row.course === course)).total_views;
}

/** The calls that name no course. */
async function checkDates(reader: Reader, get: Get, every: Row[], rows: Row[]): Promise<void> {
  const of = (from: string, to = from) => rows.filter(({ date }) => date >= from && date <= to);
  const read = async (query: string) => (await get(`series?${query}`)).data as unknown as Series;
  const weeks = await read(`${RANGE}&interval=week&metric=num_students`);
  /** Null if rows are there, and all are withheld. */
  const shownOf = (metric: keyof ReturnType<typeof totalsOf>, from: string, to = from) => {
    const own = of(from, to);
    const isWithheld =
      own.length === 0 &&
      withheldIn(
        reader,
        every.filter(({ date }) => date >= from && date <= to),
      ) > 0;
    return isWithheld ? null : totalsOf(own)[metric];
  };
  const days = (await get(`days?from=${FIRST}&to=${LAST}`)).data as unknown as { total_views: number }[];
  expect(days.map(({ total_views }) => total_views)).toEqual(
    DATES.map((date) => shownOf('total_views', date)),
  );
  expect(weeks.points.map(({ value }) => value)).toEqual([
    shownOf('num_students', FIRST),
    shownOf('num_students', SECOND, LAST),
  ]);
  expect(weeks.withheld_courses).toBe(withheldIn(reader, every));
  expect(weeks.compared_withheld_courses).toBe(0);
  const { courses: _, ...totals } = totalsOf(rows);
  for (const metric of Object.keys(totals) as (keyof typeof totals)[])
    expect(weeks.totals[metric]?.value).toBe(shownOf(metric, FIRST, LAST));
  const last = await read(`from=${LAST}&to=${LAST}&compare=previous&metric=num_students`);
  expect(last.points.map(({ value }) => value)).toEqual([shownOf('num_students', LAST)]);
  const { value, compared } = last.totals.total_views ?? {};
  expect([value, compared]).toEqual([shownOf('total_views', LAST), shownOf('total_views', SECOND)]);
  const ofSecond = every.filter(({ date }) => date === SECOND);
  expect(last.compared_withheld_courses).toBe(withheldIn(reader, ofSecond));
  expect(last.compared?.map(({ value }) => value)).toEqual([shownOf('num_students', SECOND)]);
}

interface Series {
  points: { value: number | null }[];
  compared: { value: number | null }[] | null;
  totals: Record<string, { value: number | null; compared: number | null }>;
  withheld_courses: number;
  compared_withheld_courses: number;
}

type Child = Record<string, number> & { id: number | null; is_parent: boolean; weekly: (number | null)[] };

async function checkCategories(reader: Reader, get: Get, all: World, pick: number): Promise<void> {
  const every = rowsIn(all);
  const visible = all.categories.filter(({ id }) => reader.isInScope(id));
  const me = (await get('me')).data as unknown as { scope: { id: number }[] | null; suppress_below: number };
  expect(me.suppress_below).toBe(reader.least);
  if (!reader.isAdministrator) {
    const roots = visible.filter(({ parent }) => !visible.some(({ id }) => id === parent));
    expect(new Set(me.scope?.map(({ id }) => id))).toEqual(new Set(roots.map(({ id }) => id)));
  }
  const check = async (query: string, within: (category: number) => boolean) => {
    const found = await get(`categories?${RANGE}${query}`);
    const own = every.filter(({ category }) => within(category));
    const rows = own.filter(reader.sees);
    expect(found.totals).toMatchObject(totalsOf(rows));
    expect(found.withheld_courses).toBe(withheldIn(reader, own));
    for (const child of found.data as unknown as Child[]) {
      const isInChild = ({ category }: Row) => {
        const up = ancestry(all, category);
        if (child.id === null) return up.length === 0;
        return child.is_parent ? category === child.id : up.includes(child.id);
      };
      const expected = totalsOf(rows.filter(isInChild));
      expect(child).toMatchObject(expected);
      const withheld = withheldIn(reader, own.filter(isInChild));
      expect(child.withheld_courses).toBe(withheld);
      // Weeks of seven days, of which the last one has all dates.
      const isAllWithheld = withheld > 0 && expected.courses === 0;
      expect(child.weekly.at(-1)).toBe(isAllWithheld ? null : expected.total_views);
    }
  };
  await check('', () => true);
  const one = visible[pick % visible.length];
  if (!one) return;
  // An idnumber goes before an id, and several categories can have the same.
  const text = String(one.id);
  const named = visible.filter(({ idnumber }) => idnumber === text);
  const roots = (named.length > 0 ? named : [one]).map(({ id }) => id);
  await check(`&parent=${text}`, (category) => ancestry(all, category).some((id) => roots.includes(id)));
}

const FILTERS = ['silent', 'new', 'falling', 'rising'] as const;

interface Listed {
  moodle_course_id: number;
  course_name: string;
  weekly: (number | null)[];
  [figure: string]: unknown;
}

/** The lists of courses, in each order and with each filter. */
async function checkCourseLists(
  reader: Reader,
  get: Get,
  every: Row[],
  rows: Row[],
  pick: number,
): Promise<void> {
  const list = async (query: string) =>
    (await get(`courses?limit=500&${query}`)) as unknown as { data: Listed[] };
  const found = await list(`${RANGE}&sort=num_students&order=desc`);
  expect(found).toMatchObject({ count: newestOf(rows).length, withheld_courses: withheldIn(reader, every) });
  expect(found.data).toMatchObject(
    newestOf(rows)
      .toSorted((a, b) => b.students - a.students || a.course - b.course)
      .map((row) => {
        const own = rows.filter(({ course }) => course === row.course);
        const { courses: _, ...totals } = totalsOf(own);
        const active = own.filter(({ views }) => views > 0).map(({ date }) => date);
        return {
          moodle_course_id: row.course,
          course_name: nameOf(row),
          last_active: active.toSorted().at(-1) ?? null,
          ...totals,
        };
      }),
  );
  await checkWeeks(reader, list, every, rows);
  const text = `of ${pick % 6}`;
  const searched = await list(`${RANGE}&sort=name&q=${encodeURIComponent(text)}`);
  const named = newestOf(rows).filter((row) => nameOf(row).endsWith(text));
  expect(new Set(searched.data.map((one) => one.moodle_course_id))).toEqual(
    new Set(named.map((row) => row.course)),
  );
  const filter = FILTERS[pick % FILTERS.length] as (typeof FILTERS)[number];
  const filtered = await list(`from=${LAST}&to=${LAST}&filter=${filter}&sort=change`);
  const at = (course: number, date: string) => rows.find((row) => row.course === course && row.date === date);
  const passes = {
    silent: ({ course, views }: Row) =>
      views === 0 && (at(course, FIRST)?.views ?? 0) + (at(course, SECOND)?.views ?? 0) > 0,
    new: ({ course }: Row) =>
      !every.some((row) => row.course === course && row.date !== LAST && reader.isInScope(row.category)),
    falling: ({ course, views }: Row) => views < (at(course, SECOND)?.views ?? -1),
    rising: ({ course, views }: Row) => views > (at(course, SECOND)?.views ?? Number.POSITIVE_INFINITY),
  }[filter];
  expect(new Set(filtered.data.map((one) => one.moodle_course_id))).toEqual(
    new Set(rows.filter((row) => row.date === LAST && passes(row)).map((row) => row.course)),
  );
}

/** The first of the last two weeks has one date with rows. It is null if only withheld rows are in it. */
async function checkWeeks(
  reader: Reader,
  list: (query: string) => Promise<{ data: Listed[] }>,
  every: Row[],
  rows: Row[],
): Promise<void> {
  const { data } = await list('from=2024-01-08&to=2024-01-21');
  for (const { moodle_course_id: id, weekly } of data) {
    const viewsOn = (dates: string[]) => {
      const isOf = ({ course, date }: Row) => course === id && dates.includes(date);
      const own = rows.filter(isOf);
      return own.length === 0 && withheldIn(reader, every.filter(isOf)) > 0
        ? null
        : totalsOf(own).total_views;
    };
    expect(weekly.slice(-3)).toEqual([null, viewsOn([FIRST]), viewsOn([SECOND, LAST])]);
  }
}

/** How many courses are asked for alone. */
const COURSES_ASKED = 3;

async function checkSingleCourses(reader: Reader, all: World, every: Row[], rows: Row[]): Promise<void> {
  for (const { id } of all.courses.slice(0, COURSES_ASKED)) {
    const own = rows.filter(({ course }) => course === id);
    const answer = await reader.get(`courses/${id}?${RANGE}`);
    const series = await reader.get(`series?${RANGE}&course=${id}`);
    expect([answer.statusCode, series.statusCode]).toEqual(own.length > 0 ? [200, 200] : [404, 400]);
    if (own.length === 0) continue;
    const { data, ...facts } = answer.json();
    const points = DATES.map((date) => own.find((row) => row.date === date));
    const { courses: _, ...totals } = totalsOf(own);
    for (const [metric, value] of Object.entries(totals)) {
      expect([data.totals[metric].value, series.json().data.totals[metric].value]).toEqual([value, value]);
    }
    const ofDates = (days: Json[]) => days.slice(-DATES.length);
    expect(ofDates(data.days)).toMatchObject(
      points.map((row) => ({ total_views: row?.views ?? null, num_students: row?.students ?? null })),
    );
    expect(ofDates(series.json().data.points)).toMatchObject(
      points.map((row) => ({ value: row?.views ?? null })),
    );
    expect(data.course_name).toBe(nameOf(newestOf(own)[0] as Row));
    const withheld = withheldIn(
      reader,
      every.filter(({ course }) => course === id),
    );
    expect([facts.withheld_courses, series.json().data.withheld_courses]).toEqual([withheld, withheld]);
  }
}
