import { isDatabaseUnavailable } from '@etl/core';
import type { ReadRange } from '../reports/read-range.ts';
import { inTransaction, onSnapshot, type Warehouse } from '../warehouse.ts';
import { categoryDays } from './category-days.ts';
import { courseSums, enrolmentsOfCourses } from './course-sums.ts';
import { type DueOptions, dueParts } from './due-parts.ts';
import { byPlace } from './enrolments.ts';
import { freshnessOf, mergesOf } from './freshness.ts';
import { planOf } from './plan.ts';
import { dateAfter, type Level, type Span } from './spans.ts';
import { type PartRows, writePart } from './write-part.ts';

export interface BuildOptions extends DueOptions {
  /** Ends between two parts. */
  signal?: AbortSignal;
  /** How many parts are built, of how many. */
  onProgress?(done: number, all: number): void;
}

/** Parts of days that are built together: each alone would need four statements for some rows. */
const DAYS_AT_ONCE = 31;

/**
 * Builds every part that is missing or stale, smallest first. Returns how many. Each is committed by itself, so a
 * kill loses at most one. Throws the first error, after it has built the parts that can be built. A part whose dates are merged meanwhile is stale when it is written, and built next time.
 */
export async function buildRollUps(warehouse: Warehouse, options: BuildOptions = {}): Promise<number> {
  const due = await onSnapshot(warehouse, (snapshot) => dueParts(snapshot, options));
  let done = 0;
  const failures: unknown[] = [];
  for (const spans of inBatches(due)) {
    if (options.signal?.aborted) break;
    try {
      await build(warehouse, spans, options.smallBelow ?? 0);
      done += spans.length;
      options.onProgress?.(done, due.length);
    } catch (error) {
      // One part that cannot be built must not keep the others from it.
      failures.push(error);
      if (isDatabaseUnavailable(error)) break;
    }
  }
  if (failures.length > 0) throw failures[0];
  return done;
}

/** Days one after the other together, every other part alone. */
function inBatches(due: readonly Span[]): Span[][] {
  const batches: Span[][] = [];
  for (const span of due) {
    const batch = batches.at(-1);
    const last = batch?.at(-1);
    const goesOn = span.level === 'day' && last?.level === 'day' && dateAfter(last.to) === span.from;
    if (batch && goesOn && batch.length < DAYS_AT_ONCE) batch.push(span);
    else batches.push([span]);
  }
  return batches;
}

interface Made {
  span: Span;
  merges: string;
  rows: PartRows;
}

/** Makes parts on one snapshot. Not INSERT … SELECT, which would lock the rows that merges write. */
async function build(warehouse: Warehouse, spans: readonly Span[], smallBelow: number): Promise<void> {
  const [first] = spans;
  if (!first) return;
  const made = await onSnapshot(warehouse, async (snapshot) =>
    first.level === 'day'
      ? madeDays(snapshot, spans, smallBelow)
      : [await madeOne(snapshot, first, smallBelow)],
  );
  await inTransaction(warehouse, async (trx) => {
    for (const { span, merges, rows } of made) await writePart(trx, span, { merges, smallBelow }, rows);
  });
}

/** The levels that a part is made from. */
const MADE_FROM: Record<Exclude<Level, 'day'>, readonly Level[]> = {
  pentad: [],
  week: ['pentad'],
  month: ['pentad'],
  quarter: ['month', 'pentad'],
};

async function madeOne(snapshot: Warehouse, span: Span, smallBelow: number): Promise<Made> {
  const range: ReadRange = { snapshot, scope: 'everything', smallBelow, from: span.from, to: span.to };
  const { merges, isFresh } = await freshnessOf(snapshot, span, smallBelow);
  const levels = span.level === 'day' ? [] : MADE_FROM[span.level];
  const plan = planOf(span, levels, isFresh);
  const made = { span, merges: mergesOf(span, merges) };
  if (span.level === 'week') {
    return { ...made, rows: { enrolments: byPlace(await enrolmentsOfCourses(range, plan)) } };
  }
  const courses = await courseSums(range, plan);
  const enrolments = span.level === 'month' ? { enrolments: byPlace(courses) } : {};
  return { ...made, rows: { courses, ...enrolments } };
}

async function madeDays(snapshot: Warehouse, spans: readonly Span[], smallBelow: number): Promise<Made[]> {
  const [first, last] = [spans[0] as Span, spans.at(-1) as Span];
  const range: ReadRange = { snapshot, scope: 'everything', smallBelow, from: first.from, to: last.to };
  const { merges } = await freshnessOf(snapshot, range, smallBelow);
  const days = await categoryDays(range);
  return spans.map((span) => ({
    span,
    merges: mergesOf(span, merges),
    rows: { days: days.get(span.from) ?? [] },
  }));
}
