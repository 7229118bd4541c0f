import { parse } from 'csv-parse/sync';
import { expect } from 'vitest';
import { type Reader, type Row, rowsIn } from './readers.ts';
import type { Gateway } from './support.ts';
import { DATES, type World } from './world.ts';

/** The rows of each date in the order of answers: that of their ids, which merges keep. */
export async function orderedRows({ warehouse }: Gateway, all: World): Promise<Map<string, Row[]>> {
  const stored = await warehouse
    .selectFrom('user_activity_etl')
    .select(['moodle_course_id', 'extraction_date'])
    .orderBy('id')
    .execute();
  const rows = rowsIn(all);
  return new Map(
    DATES.map((date) => [
      date,
      stored
        .filter(({ extraction_date }) => extraction_date === date)
        .map(
          ({ moodle_course_id: id }) =>
            rows.find((row) => row.date === date && row.course === Number(id)) as Row,
        ),
    ]),
  );
}

const idsOf = (rows: { moodle_course_id: number | string }[]) =>
  rows.map(({ moodle_course_id }) => Number(moodle_course_id));

const valuesOf = (
  rows: { moodle_course_id: number | string; num_students: unknown; total_views: unknown }[],
) => rows.map((row) => [row.moodle_course_id, row.num_students, row.total_views].map(Number));

/** The answers that have the rows of a date themselves. Returns how many rows the reader saw. */
export async function checkRows(reader: Reader, date: string, ofDate: readonly Row[]): Promise<number> {
  const get = async (path: string) => {
    const answer = await reader.get(path);
    if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.body}`);
    return answer;
  };
  const rows = ofDate.filter(reader.sees);
  const ids = rows.map(({ course }) => course);
  const values = rows.map(({ course, students, views }) => [course, students, views]);
  const withheld_courses = ofDate.filter((row) => reader.isInScope(row.category) && !reader.sees(row)).length;
  const results = (await get(`results/${date}`)).json();
  expect([valuesOf(results.data), results.count]).toEqual([values, ids.length]);
  expect(results.withheld_courses).toBe(withheld_courses);
  const page = (await get(`results/${date}?limit=3&offset=1`)).json();
  expect([idsOf(page.data), page.count]).toEqual([ids.slice(1, 4), ids.length]);
  const exported = (await get(`export?date=${date}&limit=4`)).json();
  expect([idsOf(exported.data), exported.has_next]).toEqual([ids.slice(0, 4), ids.length > 4]);
  expect(exported.withheld_courses).toBe(withheld_courses);
  const later = (await get(`export?date=${date}&limit=10000&offset=2`)).json();
  expect([idsOf(later.data), later.has_next]).toEqual([ids.slice(2), false]);
  const csv = await get(`export?date=${date}&format=csv&limit=all`);
  expect(valuesOf(parse(csv.body, { columns: true, bom: true }))).toEqual(values);
  const lines = (await get(`export?date=${date}&format=ndjson&limit=5`)).body.split('\n').filter(Boolean);
  expect(idsOf(lines.map((line) => JSON.parse(line)))).toEqual(ids.slice(0, 5));
  const paged: number[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const next: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const answer: { data: { moodle_course_id: number }[]; next_cursor: string | null } = (
      await get(`export?date=${date}&limit=6${next}`)
    ).json();
    paged.push(...idsOf(answer.data));
    cursor = answer.next_cursor;
  }
  expect(paged).toEqual(ids);
  return ids.length;
}
