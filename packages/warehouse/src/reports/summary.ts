import { datesBetween, SCHEDULER_STATUS } from '@etl/core';
import { type RawBuilder, sql } from 'kysely';
import { parseDetails } from '../log-scheduler/details.ts';
import { type Scope, visibleUserActivity } from '../scope.ts';
import { onSnapshot, type Warehouse } from '../warehouse.ts';
import { moodleCourseId } from './user-activity.ts';

export const GROUPINGS = ['course', 'unit', 'directorate', 'day'] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** What is rolled up: the rows of these dates, both included, that the scope lets be read. */
export interface SummaryRequest {
  from: string;
  to: string;
  groupBy: Grouping;
  limit: number;
  offset: number;
}

/** Figures of several daily rows together. */
export interface RolledUp {
  /** Courses that have a row. */
  courses: number;
  /** Heads of each course by its newest row of the range, added up: who is in two courses counts in both. */
  num_students: number;
  num_teachers: number;
  file_views: number;
  video_views: number;
  forum_views: number;
  quiz_views: number;
  assignment_views: number;
  url_views: number;
  total_views: number;
  /** total_views / num_students / active_days, rounded half up as MySQL does; null where there are none of either. */
  avg_activity_per_student_per_day: number | null;
  /** Different days with activity. */
  active_days: number;
  /** Days from the first with activity to the last, both included. */
  active_days_span: number;
}

export interface Summary {
  groups: (Record<string, unknown> & RolledUp)[];
  hasNext: boolean;
  totals: RolledUp;
  /** Dates of the range whose merge has never completed: nothing of them is in the figures. */
  missingDates: string[];
  /** Dates that were extracted before their day had ended. */
  provisionalDates: string[];
}

/** Rolls daily rows up, exactly: every figure is made of the rows, none of other averages. All of one moment. */
export async function summarize(
  warehouse: Warehouse,
  scope: Scope,
  request: SummaryRequest,
): Promise<Summary> {
  const { limit, offset, groupBy } = request;
  const { columns, joins, key, present } = GROUPS[groupBy];
  return onSnapshot(warehouse, async (snapshot) => {
    const rows = rowsOf(snapshot, scope, request);
    // One more than asked for tells whether there is a next page.
    const groups = await sql<GroupRow>`
      SELECT ${columns}, ${FIGURES} ${rows} ${joins}
      GROUP BY ${key} ORDER BY ${key} LIMIT ${sql.lit(limit + 1)} OFFSET ${sql.lit(offset)}`.execute(
      snapshot,
    );
    const totals = await sql<FiguresRow>`SELECT ${FIGURES} ${rows}`.execute(snapshot);
    return {
      groups: groups.rows.slice(0, limit).map((row) => ({ ...present(row), ...presentFigures(row) })),
      hasNext: groups.rows.length > limit,
      totals: presentFigures(totals.rows[0] as FiguresRow),
      ...(await extractedDates(snapshot, request)),
    };
  });
}

/** The rows, each beside the newest date that its course has in the range. */
function rowsOf(snapshot: Warehouse, scope: Scope, { from, to }: SummaryRequest): RawBuilder<unknown> {
  const visible = visibleUserActivity(snapshot, scope)
    .where('extraction_date', '>=', from)
    .where('extraction_date', '<=', to);
  const newest = visible
    .select(['moodle_course_id', (of) => of.fn.max('extraction_date').as('date')])
    .groupBy('moodle_course_id');
  return sql`
    FROM ${visible.selectAll('activity')} AS activity
    JOIN ${newest} AS newest ON newest.moodle_course_id = activity.moodle_course_id`;
}

const VIEWS = [
  'file_views',
  'video_views',
  'forum_views',
  'quiz_views',
  'assignment_views',
  'url_views',
  'total_views',
] as const;

type FiguresRow = Record<keyof RolledUp, number | string | null>;

const STUDENTS = sql`SUM(CASE WHEN activity.extraction_date = newest.date THEN activity.num_students END)`;
const TEACHERS = sql`SUM(CASE WHEN activity.extraction_date = newest.date THEN activity.num_teachers END)`;
const ACTIVE_DATE = sql`CASE WHEN activity.active_days > 0 THEN activity.extraction_date END`;
const ACTIVE_DAYS = sql`COUNT(DISTINCT ${ACTIVE_DATE})`;

const FIGURES = sql`
  COUNT(DISTINCT activity.moodle_course_id) AS courses,
  ${STUDENTS} AS num_students,
  ${TEACHERS} AS num_teachers,
  ${sql.join(VIEWS.map((views) => sql`SUM(${sql.ref(`activity.${views}`)}) AS ${sql.ref(views)}`))},
  ROUND(SUM(activity.total_views) / NULLIF(${STUDENTS}, 0) / NULLIF(${ACTIVE_DAYS}, 0), 2)
    AS avg_activity_per_student_per_day,
  ${ACTIVE_DAYS} AS active_days,
  DATEDIFF(MAX(${ACTIVE_DATE}), MIN(${ACTIVE_DATE})) + 1 AS active_days_span`;

function presentFigures(row: FiguresRow): RolledUp {
  const { avg_activity_per_student_per_day: average } = row;
  const number = (figure: keyof RolledUp) => Number(row[figure] ?? 0);
  return {
    courses: number('courses'),
    num_students: number('num_students'),
    num_teachers: number('num_teachers'),
    file_views: number('file_views'),
    video_views: number('video_views'),
    forum_views: number('forum_views'),
    quiz_views: number('quiz_views'),
    assignment_views: number('assignment_views'),
    url_views: number('url_views'),
    total_views: number('total_views'),
    avg_activity_per_student_per_day: average === null ? null : Number(average),
    active_days: number('active_days'),
    active_days_span: number('active_days_span'),
  };
}

type GroupRow = FiguresRow & Record<string, number | string | null>;

interface Group {
  /** What a group is told by, beside its figures. */
  columns: RawBuilder<unknown>;
  joins: RawBuilder<unknown>;
  key: RawBuilder<unknown>;
  present(row: GroupRow): Record<string, unknown>;
}

/** A text of the course by its newest row: names change. */
const newestText = (column: string) =>
  sql`MAX(CASE WHEN activity.extraction_date = newest.date THEN ${sql.ref(`activity.${column}`)} END) AS ${sql.ref(column)}`;

/** The ancestor of a row's category so many levels down its path, such as /2/7/9. The tree is that of the newest merge. */
const ancestor = (level: 1 | 2) =>
  sql`CAST(SUBSTRING_INDEX(SUBSTRING_INDEX(category.path, '/', ${sql.lit(level + 1)}), '/', -1) AS UNSIGNED)`;

const DIRECTORATE_JOINS = sql`
  LEFT JOIN course_categories_etl AS category ON category.id = activity.category_id
  LEFT JOIN course_categories_etl AS directorate ON directorate.id = ${ancestor(1)}`;

/** A group has one category, but only its id is what is grouped by. */
const categoryColumns = (of: 'directorate' | 'unit') =>
  sql.join(
    ['id', 'idnumber', 'name'].map(
      (column) => sql`MAX(${sql.ref(`${of}.${column}`)}) AS ${sql.ref(`${of}_${column}`)}`,
    ),
  );

function presentCategory(row: GroupRow, of: 'directorate' | 'unit'): object | null {
  const { [`${of}_id`]: id, [`${of}_idnumber`]: idnumber, [`${of}_name`]: name } = row;
  return id === null ? null : { id, idnumber, name };
}

const GROUPS: Record<Grouping, Group> = {
  course: {
    columns: sql`activity.moodle_course_id, ${sql.join(['course_id', 'id_number', 'course_name', 'course_shortname'].map(newestText))}`,
    joins: sql``,
    key: sql`activity.moodle_course_id`,
    present: ({ moodle_course_id: id, course_id, id_number, course_name, course_shortname }) => ({
      moodle_course_id: id == null ? null : moodleCourseId(id),
      course_id,
      id_number,
      course_name,
      course_shortname,
    }),
  },
  unit: {
    columns: sql`${categoryColumns('directorate')}, ${categoryColumns('unit')}`,
    joins: sql`${DIRECTORATE_JOINS}
      LEFT JOIN course_categories_etl AS unit ON category.depth > 1 AND unit.id = ${ancestor(2)}`,
    key: sql`directorate.id, unit.id`,
    present: (row) => ({
      directorate: presentCategory(row, 'directorate'),
      unit: presentCategory(row, 'unit'),
    }),
  },
  directorate: {
    columns: categoryColumns('directorate'),
    joins: DIRECTORATE_JOINS,
    key: sql`directorate.id`,
    present: (row) => ({ directorate: presentCategory(row, 'directorate') }),
  },
  day: {
    columns: sql`activity.extraction_date`,
    joins: sql``,
    key: sql`activity.extraction_date`,
    present: ({ extraction_date }) => ({ extraction_date }),
  },
};

/** Which dates of the range lack figures, and which have preliminary ones. */
async function extractedDates(
  snapshot: Warehouse,
  { from, to }: SummaryRequest,
): Promise<Pick<Summary, 'missingDates' | 'provisionalDates'>> {
  const merges = await snapshot
    .selectFrom('log_scheduler')
    .select(['extraction_date', 'details'])
    .where('batch_name', '=', 'main_etl')
    .where('status', '=', SCHEDULER_STATUS.finished)
    .where('extraction_date', '>=', from)
    .where('extraction_date', '<=', to)
    // The merge whose figures are stored is the one that finished last.
    .orderBy('finished_at')
    .orderBy('id')
    .execute();
  const isProvisional = new Map(
    merges.map(({ extraction_date, details }) => [extraction_date, parseDetails(details).provisional]),
  );
  return {
    missingDates: datesBetween(from, to).filter((date) => !isProvisional.has(date)),
    provisionalDates: [...isProvisional]
      .filter(([, is]) => is)
      .map(([date]) => date)
      .toSorted(),
  };
}
