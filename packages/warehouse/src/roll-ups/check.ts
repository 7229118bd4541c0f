import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import type { ReadRange } from '../reports/read-range.ts';
import { keyOfPlace, type RowPlace } from '../row-place.ts';
import type { MoodleId } from '../tables.ts';
import { onSnapshot, type Warehouse } from '../warehouse.ts';
import { categoryDays, storedCategoryDays } from './category-days.ts';
import { courseSums } from './course-sums.ts';
import { dueParts } from './due-parts.ts';
import { byPlace, storedEnrolments } from './enrolments.ts';
import { freshnessOf } from './freshness.ts';
import { COURSE_LEVELS, ENROLMENT_LEVELS, LEVELS_OF_PARTS, type Level, type Span, spanOf } from './spans.ts';

/** What a comparison of stored sums with daily rows has found. */
export interface RollUpCheck {
  /** Fresh parts, and how many of them were compared. */
  fresh: number;
  compared: number;
  /** Parts that are missing or stale, which no call reads. */
  due: number;
  /** Below how many students the newest merge made rows small. Undefined if it made no part. */
  newestSmallBelow: number | undefined;
  /** Fresh parts whose sums are not those of their daily rows. */
  differing: Span[];
}

/**
 * Compares fresh parts with the sums of their daily rows, on one snapshot: the newest part of each level, and
 * `more` others at random. `smallBelow`: below how many students workers make rows small.
 */
export async function checkRollUps(
  warehouse: Warehouse,
  {
    more,
    smallBelow = 0,
    random = Math.random,
  }: { more: number; smallBelow?: number; random?: () => number },
): Promise<RollUpCheck> {
  return onSnapshot(warehouse, async (snapshot) => {
    const { fresh, smallBelowOf } = await freshParts(snapshot);
    const newest = LEVELS_OF_PARTS.map((level) => fresh.findLast((span) => span.level === level));
    const sample = new Set(newest.filter((span) => span !== undefined));
    for (let left = Math.min(more, fresh.length - sample.size); left > 0; ) {
      const span = fresh[Math.floor(random() * fresh.length)] as Span;
      if (sample.has(span)) continue;
      sample.add(span);
      left -= 1;
    }
    const differing: Span[] = [];
    for (const span of sample) {
      if (!(await isExact(snapshot, span, smallBelowOf(span)))) differing.push(span);
    }
    const due = await dueParts(snapshot, { smallBelow });
    const newestDay = fresh.findLast(({ level }) => level === 'day');
    return {
      fresh: fresh.length,
      compared: sample.size,
      due: due.length,
      newestSmallBelow: newestDay && smallBelowOf(newestDay),
      differing,
    };
  });
}

/** The fresh parts, in the order of their dates. */
async function freshParts(snapshot: Warehouse) {
  const { rows } = await sql<{ part: number; first: string; last: string }>`
    SELECT part, first_date AS first, last_date AS last FROM rollup_parts ORDER BY part`.execute(snapshot);
  const [first, last] = [
    rows[0]?.first,
    rows
      .map((row) => row.last)
      .toSorted()
      .at(-1),
  ];
  if (first === undefined || last === undefined) return { fresh: [], smallBelowOf: () => 0 };
  const { isFresh, smallBelowOf } = await freshnessOf(snapshot, { from: first, to: last }, 0);
  return {
    fresh: rows.map(({ part, first: date }) => spanOf(levelOf(part), date)).filter(isFresh),
    smallBelowOf,
  };
}

function levelOf(part: number): Level {
  return LEVELS_OF_PARTS[(part % 10) - 1] as Level;
}

async function isExact(snapshot: Warehouse, span: Span, smallBelow: number): Promise<boolean> {
  const range: ReadRange = { snapshot, scope: 'everything', smallBelow, from: span.from, to: span.to };
  if (span.level === 'day') {
    const counted = await categoryDays(range);
    return isDeepStrictEqual(inOrder(await storedCategoryDays(range)), inOrder(counted.get(span.from) ?? []));
  }
  const counted = await courseSums(range, { parts: [], days: [span] });
  const has = (levels: readonly Level[]) => levels.includes(span.level);
  if (has(COURSE_LEVELS)) {
    const stored = await courseSums(range, { parts: [span], days: [] });
    if (!isDeepStrictEqual(stored, counted)) return false;
  }
  if (!has(ENROLMENT_LEVELS)) return true;
  return isDeepStrictEqual(inOrder(await storedEnrolments(snapshot, span)), inOrder(byPlace(counted)));
}

function inOrder<Row extends RowPlace & { course?: MoodleId }>(rows: readonly Row[]): Row[] {
  const key = (row: Row) => `${keyOfPlace(row)}/${row.course}`;
  return rows.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}
