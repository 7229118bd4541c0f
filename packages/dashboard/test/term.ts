import { addDays, datesBetween, perViewKind } from '@etl/core';
import { buildRollUps, replaceCourseCategories, type UserActivity } from '@etl/warehouse';
import { course, type Gateway, mergeRows } from '../../gateway/test/support.ts';

export const FIRST = '2024-01-01';
export const LAST = '2024-02-25';
/** No run of these dates has finished. They are counterparts, so that the ranges can be compared. */
export const MISSING = ['2024-01-13', '2024-02-10'];

/** The default range begins here. */
const RANGE_FIRST = addDays(LAST, -27);

export const CATEGORIES = [
  { id: 2, parent: 0, idnumber: 'FTI', name: 'Engineering', path: '/2' },
  { id: 3, parent: 0, idnumber: 'FIB', name: 'Letters', path: '/3' },
  { id: 7, parent: 2, idnumber: 'FTI-IF', name: 'Informatics', path: '/2/7' },
  { id: 8, parent: 2, idnumber: 'FTI-TS', name: 'Civil Engineering', path: '/2/8' },
  { id: 9, parent: 3, idnumber: 'FIB-SJ', name: 'History', path: '/3/9' },
];

export async function loadCategories(gateway: Gateway): Promise<void> {
  await gateway.warehouse.transaction().execute((trx) =>
    replaceCourseCategories(
      trx,
      CATEGORIES.map((category) => ({ ...category, depth: category.path.split('/').length - 1 })),
    ),
  );
}

interface Course {
  id: number;
  name: string;
  category: number;
  students: number;
  /** Views of an ordinary day before the default range, and in it. */
  before: number;
  after: number;
}

/** Courses that rise, fall and fall silent. */
export const COURSES: readonly Course[] = [
  { id: 101, name: 'Algorithms', category: 7, students: 80, before: 60, after: 78 },
  { id: 102, name: 'Databases', category: 7, students: 64, before: 48, after: 12 },
  { id: 103, name: 'Compilers', category: 7, students: 30, before: 24, after: 0 },
  { id: 104, name: 'Statics', category: 8, students: 55, before: 36, after: 30 },
  { id: 105, name: 'Hydraulics', category: 8, students: 40, before: 30, after: 36 },
  { id: 106, name: 'Ancient History', category: 9, students: 25, before: 18, after: 12 },
  { id: 107, name: 'Modern History', category: 9, students: 35, before: 24, after: 30 },
];

/** Eight weeks of a term, the same at each run. Weekends have half of the views. */
export async function loadTerm(gateway: Gateway): Promise<void> {
  await loadCategories(gateway);
  for (const date of datesBetween(FIRST, LAST)) {
    if (!MISSING.includes(date))
      await mergeRows(
        gateway,
        date,
        COURSES.map((one) => rowOf(one, date)),
      );
  }
  await buildRollUps(gateway.warehouse);
}

export function rowOf({ id, name, category, students, before, after }: Course, date: string): UserActivity {
  const isWeekend = [0, 6].includes(new Date(date).getUTCDay());
  const ordinary = date < RANGE_FIRST ? before : after;
  // Six kinds: each ordinary number is a multiple of 6.
  const views = perViewKind(() => ordinary / 6 / (isWeekend ? 2 : 1)) as Record<string, number>;
  for (const kind of Object.keys(views)) views[kind] = Math.ceil(views[kind] ?? 0);
  const total = Object.values(views).reduce((sum, count) => sum + count, 0);
  const path = CATEGORIES.find(({ id }) => id === category)?.path ?? '';
  return {
    ...course(id),
    ...views,
    course_name: name,
    course_shortname: name.slice(0, 4).toUpperCase(),
    id_number: `C${id}`,
    category_id: category,
    category_path: path,
    num_students: students,
    total_views: total,
    active_days: total > 0 ? 1 : 0,
  };
}
