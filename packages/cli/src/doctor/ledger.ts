import { COURSE_REASONS } from '@etl/core';
import { completedRow, lastFinalDate, unnumberedCategories, type Warehouse } from '@etl/warehouse';
import { type Finding, ok, wrong } from './finding.ts';

/** Above this share of the views in courses the finding is a warning. */
const MOST_LEFT_OUT = 0.1;

/** More categories than this are counted, not named. */
const CATEGORIES_NAMED = 5;

/** Checks how many views the newest final date lacks because categories have no idnumber, which a person can mend. */
export async function examineLedger(warehouse: Warehouse): Promise<Finding> {
  const date = await lastFinalDate(warehouse);
  if (date === undefined) return ok('ledger', 'no date has final figures yet');
  const ledger = (await completedRow(warehouse, 'main_etl', date))?.details.ledger;
  if (!ledger) return ok('ledger', `not recorded for ${date}`);
  const { counted, left_out } = ledger;
  const inCourses = COURSE_REASONS.reduce((sum, reason) => sum + left_out[reason], counted);
  const lost = left_out.category_without_idnumber;
  const share = inCourses === 0 ? 0 : lost / inCourses;
  const found = `${lost} of ${inCourses} views of ${date} (${(100 * share).toFixed(1)} %) are in categories without an idnumber`;
  if (share <= MOST_LEFT_OUT) return ok('ledger', found);
  return wrong('warning', 'ledger', `${found}: ${await named(warehouse, date)}`, {
    means: 'These views are in no figure.',
    mend: 'Give these categories an idnumber in Moodle: Site administration, Courses, Manage courses and categories. Then run the dates again.',
  });
}

async function named(warehouse: Warehouse, date: string): Promise<string> {
  const all = await unnumberedCategories(warehouse, date);
  const some = all.slice(0, CATEGORIES_NAMED).map(({ id, name, views }) => `${name ?? id} (${views})`);
  const rest = all.length - some.length;
  return some.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
