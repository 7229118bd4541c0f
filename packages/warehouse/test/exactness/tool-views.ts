import { VIEW_COLUMNS } from '@etl/core';
import { sql } from 'kysely';
import { expect } from 'vitest';
import { onSnapshot, type Warehouse } from '../../src/index.ts';

type Row = Record<string, unknown>;

const SUMS_OF_ROWS = `
  SELECT extraction_date, category_id, COUNT(*) AS courses, COUNT(CASE WHEN active_days > 0 THEN 1 END) AS active_courses,
    ${['num_students', 'num_teachers', ...VIEW_COLUMNS, 'total_views']
      .map((column) => `CAST(SUM(${column}) AS SIGNED) AS ${column}`)
      .join(', ')}
  FROM user_activity_etl GROUP BY extraction_date, category_id ORDER BY extraction_date, category_id`;

/**
 * Compares every row of the views for other tools with the tables, by statements and code that share nothing with them.
 * Returns the rows of v_category_day.
 */
export async function checkToolViews(warehouse: Warehouse): Promise<Row[]> {
  return onSnapshot(warehouse, async (snapshot) => {
    const all = async (statement: string) => (await sql.raw<Row>(statement).execute(snapshot)).rows;
    const dates = datesOf(await all('SELECT * FROM log_scheduler'));
    const places = placesOf(await all('SELECT * FROM course_categories_etl'));
    const around = (row: Row) => ({
      ...(dates.get(String(row.extraction_date)) ?? { state: 'missing', merged_at: null }),
      ...(places.get(String(row.category_id)) ?? NO_PLACE),
    });

    const merged = await all('SELECT * FROM user_activity_etl ORDER BY extraction_date, moodle_course_id');
    const courses = await all('SELECT * FROM v_course_day ORDER BY extraction_date, moodle_course_id');
    const expectedCourses = merged.map(({ id, created_at, updated_at, other_views, ...row }) => {
      const { category_idnumber, path, ...added } = around(row) as Row;
      return { ...added, ...row };
    });
    expect(courses).toEqual(expectedCourses);

    const categories = await all('SELECT * FROM v_category_day ORDER BY extraction_date, category_id');
    const expectedCategories = (await all(SUMS_OF_ROWS)).map((row) => {
      const { path = null, ...added } = around(row) as Row;
      return { ...added, ...row, category_path: path };
    });
    expect(categories).toEqual(expectedCategories);
    return categories;
  });
}

/** The state of each date that has a completed merge. */
function datesOf(runs: readonly Row[]): Map<string, { state: string; merged_at: unknown }> {
  const byDate = Map.groupBy(runs, ({ extraction_date }) => String(extraction_date));
  return new Map(
    [...byDate].flatMap(([date, own]) => {
      const merge = newest(own.filter((row) => row.batch_name === 'main_etl' && row.status === 1));
      if (!merge) return [];
      const counted = newest(
        own.filter((row) => row.batch_name === 'activity_counts' && (row.status === 1 || isPurge(row))),
      );
      const isProvisional = JSON.parse(String(merge.details)).provisional === true;
      const state = isProvisional ? 'provisional' : counted && isPurge(counted) ? 'purged' : 'final';
      return [[date, { state, merged_at: merge.finished_at }]];
    }),
  );
}

const isPurge = ({ status, failure_code, failed_at, finished_at }: Row) =>
  status === 3 && failure_code === 'SOURCE_PURGED' && failed_at === finished_at;

function newest(rows: readonly Row[]): Row | undefined {
  const age = (row: Row) => `${row.finished_at} ${String(row.id).padStart(12, '0')}`;
  return rows.toSorted((a, b) => (age(a) < age(b) ? 1 : -1))[0];
}

const NO_PLACE = {
  ...{ category_name: null, category_idnumber: null },
  ...{ directorate_id: null, directorate_idnumber: null, directorate_name: null },
  ...{ unit_id: null, unit_idnumber: null, unit_name: null },
};

/** The names of each category of the tree, of its directorate and of its unit. */
function placesOf(tree: readonly Row[]): Map<string, Row> {
  const byId = new Map(tree.map((category) => [String(category.id), category]));
  return new Map(
    tree.map((category) => {
      const [top, below] = String(category.path)
        .split('/')
        .slice(1)
        .map((id) => byId.get(id));
      return [
        String(category.id),
        {
          ...NO_PLACE,
          ...{ category_name: category.name, category_idnumber: category.idnumber, path: category.path },
          ...(top && {
            directorate_id: top.id,
            directorate_idnumber: top.idnumber,
            directorate_name: top.name,
          }),
          ...(below && { unit_id: below.id, unit_idnumber: below.idnumber, unit_name: below.name }),
        },
      ];
    }),
  );
}
