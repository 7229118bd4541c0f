import { addDays } from '@etl/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHANGING, DATES, openMonths } from './generated-months.ts';
import { API, course, type Gateway, mergeRows, TOKEN } from './support.ts';

let gateway: Gateway;
let viewer: string;

beforeAll(async () => {
  ({ gateway, viewer } = await openMonths());
});

afterAll(() => gateway?.close());

const ask = (query: Record<string, string>, token = TOKEN, headers = {}) =>
  gateway.app.inject({
    url: `${API}/courses?${new URLSearchParams(query)}`,
    headers: { authorization: `Bearer ${token}`, ...headers },
  });

interface Listed {
  moodle_course_id: number;
  category: { id: number; idnumber: string; name: string } | null;
  weekly: (number | null)[];
}

/** The lines that a course of the JSON has to have. */
function lineOf({ category, weekly, ...own }: Listed & Record<string, unknown>): string {
  const { moodle_course_id, course_id, id_number, course_name, course_shortname, ...figures } = own;
  const names = [moodle_course_id, course_id, id_number, course_name, course_shortname];
  const cells = [
    ...names,
    category?.id,
    category?.idnumber,
    category?.name,
    ...Object.values(figures),
    ...weekly,
  ];
  return cells.map((cell) => String(cell ?? '')).join();
}

/** All pages of the JSON, a few courses each. */
async function allPages(query: Record<string, string>, token: string): Promise<Listed[]> {
  const courses: Listed[] = [];
  let cursor: string | null = null;
  do {
    const page: { data: Listed[]; next_cursor: string | null } = (
      await ask({ ...query, limit: '3', ...(cursor && { cursor }) }, token)
    ).json();
    courses.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return courses;
}

describe('courses as CSV', () => {
  it.each([
    ['administrators', {}],
    ['administrators', { q: '1', sort: 'name' }],
    ['administrators', { filter: 'falling', sort: 'change', order: 'asc', compare: 'previous' }],
    ['administrators', { category: 'F1', sort: 'num_students', compare: 'year' }],
    ['viewers', { sort: 'last_active' }],
    ['viewers', { filter: 'rising', sort: 'total_views' }],
  ])('the file of %s with %j has the courses of all pages, in their order', async (caller, query) => {
    const token = caller === 'viewers' ? viewer : TOKEN;
    const range = { ...CHANGING, ...query };
    const courses = await allPages(range, token);
    const { body, headers } = await ask({ ...range, format: 'csv' }, token);
    const [header, ...lines] = body.replace('\uFEFF', '').trimEnd().split('\r\n');
    expect(courses.length).toBeGreaterThan(0);
    expect(lines).toEqual(courses.map((one) => lineOf(one as Listed & Record<string, unknown>)));
    expect(header).toMatch(
      /^moodle_course_id,course_id,.*,category_name,.*,change,last_active,weekly_1,.*,weekly_12$/,
    );
    expect(headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="courses_${CHANGING.from}_${CHANGING.to}.csv"`,
      'cache-control': 'private, no-cache',
    });
  });

  it('the file has an ETag of its own', async () => {
    const file = await ask({ ...CHANGING, format: 'csv' });
    const etag = String(file.headers.etag);
    expect((await ask(CHANGING)).headers.etag).not.toBe(etag);
    expect((await ask({ ...CHANGING, format: 'csv' }, TOKEN, { 'if-none-match': etag })).statusCode).toBe(
      304,
    );
  });

  it('the file has no formulas, and without courses it has its header', async () => {
    const date = addDays(DATES.at(-1) ?? '', 40);
    await mergeRows(gateway, date, [{ ...course(4711), course_name: '=HYPERLINK("https://evil.example")' }]);
    const { body } = await ask({ from: date, to: date, format: 'csv' });
    expect(body).toContain('HYPERLINK');
    expect(body).not.toMatch(/(^|[,"\n])=HYPERLINK/);
    const none = await ask({ from: date, to: date, q: 'no such course', format: 'csv' });
    expect(none.body.trimEnd().split('\r\n')).toHaveLength(1);
  });
  it('a file of many courses has each of them once, with its own weeks', async () => {
    const date = addDays(DATES.at(-1) ?? '', 80);
    const ids = Array.from({ length: 2300 }, (_, index) => 5000 + index);
    await mergeRows(
      gateway,
      date,
      ids.map((id) => ({ ...course(id), file_views: id, total_views: id })),
    );
    const { body } = await ask({ from: date, to: date, sort: 'name', format: 'csv' });
    const lines = body.trimEnd().split('\r\n').slice(1);
    const cells = lines.map((line) => line.split(','));
    expect(cells.map(([id]) => Number(id)).toSorted((a, b) => a - b)).toEqual(ids);
    expect(cells.filter((line) => line.at(-1) !== line[0])).toEqual([]);
  });
});
