/** A call of the API that reads a long range, and the share of the plain statement's time that it may take. */
export interface YearCall {
  name: string;
  /** With the query, except for the range. */
  path: string;
  /** Of the plain GROUP BY of a year. Undefined for calls that read two ranges: no aim names them. */
  share?: number;
  /** How long a year may take, whatever the plain statement takes. */
  milliseconds?: number;
  /** The call refuses ranges of more than 366 days. */
  isOfOneYear?: boolean;
  /** The call is about one date, which its path names `:date`. */
  isOfOneDate?: boolean;
}

/** In the first directorate, so that both readers see it. */
const COURSE = 5;

const analysis = (name: string, path: string): YearCall => ({ name, path, share: 1 / 12 });
const listing = (name: string, path: string): YearCall => ({ name, path, share: 1 / 6 });
const compared = (name: string, path: string): YearCall => ({ name, path: `${path}&compare=previous` });
const summary = (grouping: string, share: number): YearCall => ({
  name: `summary by ${grouping}`,
  path: `summary?group_by=${grouping}`,
  share,
  isOfOneYear: true,
});

export const YEAR_CALLS: readonly YearCall[] = [
  summary('course', 1 / 6),
  summary('unit', 1 / 12),
  summary('directorate', 1 / 12),
  summary('day', 1 / 12),
  analysis('days', 'days'),
  analysis('series of views by day', 'series?metric=total_views&interval=day'),
  analysis('series of views by week', 'series?metric=total_views&interval=week'),
  analysis('series of views by month', 'series?metric=total_views&interval=month'),
  analysis('series of enrolments by day', 'series?metric=num_students&interval=day'),
  analysis('series of enrolments by week', 'series?metric=num_students&interval=week'),
  analysis('series of enrolments by month', 'series?metric=num_students&interval=month'),
  compared('series of views by week, compared', 'series?metric=total_views&interval=week'),
  analysis('categories', 'categories'),
  listing('courses', 'courses'),
  listing('courses, silent', 'courses?filter=silent'),
  listing('courses by change', 'courses?sort=change'),
  { name: 'one course', path: `courses/${COURSE}`, milliseconds: 30 },
  {
    name: 'one cell explained',
    path: `cells/:date/${COURSE}/total_views`,
    milliseconds: 50,
    isOfOneDate: true,
  },
];
