import type { components, operations } from '../../generated/api.ts';

/** Names of what the API answers. They come from its OpenAPI document, so that a change of it does not compile here. */
type Schemas = components['schemas'];

type Query<Name extends keyof operations> = NonNullable<operations[Name]['parameters']['query']>;

export type Me = Schemas['Me'];
export type DayReport = Schemas['DayReport'];
export type Series = Schemas['Series'];
export type Point = Schemas['Point'];
export type ListedCourse = Schemas['ListedCourse'];
export type CategoryChild = Schemas['CategoryChild'];
export type CategoryFigures = Schemas['CategoryFigures'];
export type ErrorCode = Schemas['Error']['code'];

export type SeriesQuery = Query<'get_series'>;
export type CategoriesQuery = Query<'get_categories'>;
export type CoursesQuery = Query<'get_courses'>;
export type SummaryQuery = Query<'get_summary'>;
export type DaysQuery = Query<'get_days'>;

export type Metric = NonNullable<SeriesQuery['metric']>;
export type Comparison = NonNullable<SeriesQuery['compare']>;
export type FigureState = DayReport['state'];
export type PointState = Point['state'];
export type CourseFilter = NonNullable<CoursesQuery['filter']>;
export type CourseSort = NonNullable<CoursesQuery['sort']>;

/** The columns of the kinds of views. `words` names each of them. */
export type ViewKind = Exclude<Extract<keyof Series['totals'], `${string}_views`>, 'total_views'>;

export type SchedulerRow = Schemas['SchedulerRow'];
export type StatusReport = Schemas['StatusReport'];
export type RunEvent = Schemas['RunEvent'];
export type DayEvent = Schemas['DayEvent'];
export type OneCourse = Schemas['OneCourse'];
export type FailureCode = NonNullable<SchedulerRow['failure_code']>;
export type CourseQuery = Query<'get_courses_moodle_course_id'>;
export type Cell = Schemas['Cell'];
export type Recount = NonNullable<Schemas['RequestedRecount']['result']>;
export type Restatement = Schemas['Restatement'];
export type RestatedCourse = Schemas['RestatedCourse'];
export type NotCountedCourse = Schemas['NotCountedCourse'];
export type LedgerOfDate = Schemas['LedgerOfDate'];
export type LeftOutReason = keyof NonNullable<LedgerOfDate['left_out']>;
export type RestatementReason = Restatement['why'][number];
