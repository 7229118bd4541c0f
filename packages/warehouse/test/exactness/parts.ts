import { datesBetween, VIEW_COLUMNS } from '@etl/core';
import { sql } from 'kysely';
import { expect } from 'vitest';
import { onSnapshot, type Warehouse } from '../../src/index.ts';
import { oracleOn } from './oracle.ts';

const VIEWS = sql.raw([...VIEW_COLUMNS, 'total_views'].join(', '));
const [DAY, WEEK, MONTH] = [1, 3, 4];

/** Compares every fresh part with sums over daily rows. Returns how many there are. */
export async function checkParts(warehouse: Warehouse): Promise<number> {
  return onSnapshot(warehouse, async (snapshot) => {
    const fresh = await freshParts(snapshot);
    for (const { part, level, from, to, smallBelow } of fresh) {
      const rows = { from, to, categories: undefined, smallBelow: 0 };
      if (level === DAY) await checkDay(snapshot, from, smallBelow);
      if (level !== DAY && level !== WEEK)
        expect(await storedCourses(snapshot, part)).toEqual(
          await oracleOn(snapshot).courseParts(rows, smallBelow),
        );
      if (level === WEEK || level === MONTH)
        expect(await storedEnrolments(snapshot, part)).toEqual(
          await oracleOn(snapshot).enrolmentsByPlace(rows, smallBelow),
        );
    }
    return fresh.length;
  });
}

/** The parts that were made from the completed merges of their dates, and so may be read. */
async function freshParts(snapshot: Warehouse) {
  const { rows: merged } = await sql<{ date: string; merges: string }>`
    SELECT extraction_date AS date, GROUP_CONCAT(id ORDER BY finished_at DESC, id DESC SEPARATOR '+') AS merges
    FROM log_scheduler WHERE batch_name = 'main_etl' AND status = 1 GROUP BY extraction_date`.execute(
    snapshot,
  );
  const merges = new Map(merged.map(({ date, merges }) => [date, merges]));
  const { rows } = await sql<{ part: number; from: string; to: string; merges: string; kinds: string }>`
    SELECT part, first_date AS \`from\`, last_date AS \`to\`, merges, kinds FROM rollup_parts ORDER BY part`.execute(
    snapshot,
  );
  return rows
    .filter(
      ({ from, to, merges: made }) =>
        made ===
        datesBetween(from, to)
          .map((date) => merges.get(date) ?? '')
          .join(','),
    )
    .map(({ part, from, to, kinds }) => ({
      part,
      from,
      to,
      level: part % 10,
      smallBelow: Number(/small<(\d+)/.exec(kinds)?.[1] ?? 0),
    }));
}

async function checkDay(snapshot: Warehouse, date: string, smallBelow: number): Promise<void> {
  const { rows: stored } = await sql`
    SELECT extraction_date AS date, category_id AS category, is_small AS small, courses, active_courses AS active, num_students AS students,
      num_teachers AS teachers, ${VIEWS}
    FROM rollup_days WHERE extraction_date = ${date} ORDER BY category_id, is_small`.execute(snapshot);
  expect(stored).toEqual(await oracleOn(snapshot).categoryDays(date, smallBelow));
}

async function storedCourses(snapshot: Warehouse, part: number) {
  const { rows } = await sql`
    SELECT moodle_course_id AS course, category_id AS category, is_small AS small, ${VIEWS}, newest_date, num_students AS students,
      num_teachers AS teachers, active_days AS active, first_active, last_active
    FROM rollup_courses WHERE part = ${part} ORDER BY moodle_course_id, category_id, is_small`.execute(
    snapshot,
  );
  return rows;
}

async function storedEnrolments(snapshot: Warehouse, part: number) {
  const { rows } = await sql`
    SELECT category_id AS category, is_small AS small, moodle_course_id AS course, newest_date, courses, num_students AS students,
      num_teachers AS teachers
    FROM rollup_enrolments WHERE part = ${part} ORDER BY category_id, is_small, moodle_course_id`.execute(
    snapshot,
  );
  return rows;
}
