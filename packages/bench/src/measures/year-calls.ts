/** A call of the API that reads a long range, and the share of the plain statement's time that it may take. */
export interface YearCall {
  name: string;
  /** With the query, except for the range. */
  path: string;
  /** Of the plain GROUP BY of a year. Undefined for calls that no aim names. */
  share?: number;
  /** The call refuses ranges of more than 366 days. */
  isOfOneYear?: boolean;
}

const ANALYSIS = 1 / 12;
const LIST_OF_COURSES = 1 / 6;

export const YEAR_CALLS: readonly YearCall[] = [
  { name: 'summary by course', path: 'summary?group_by=course', share: LIST_OF_COURSES, isOfOneYear: true },
  { name: 'summary by unit', path: 'summary?group_by=unit', share: ANALYSIS, isOfOneYear: true },
  {
    name: 'summary by directorate',
    path: 'summary?group_by=directorate',
    share: ANALYSIS,
    isOfOneYear: true,
  },
  { name: 'summary by day', path: 'summary?group_by=day', share: ANALYSIS, isOfOneYear: true },
];
