import { aboutFile, LISTED_COURSES, pagesOf } from '@etl/files';
import {
  COMPARISONS,
  COURSE_FILTERS,
  COURSE_SORTS,
  type Comparison,
  type CourseFilter,
  type CourseList,
  type CourseSort,
  courseList,
  type DateRange,
  datesToRead,
  fileFacts,
  ORDERS,
  type Order,
  parseRange,
  rangeFields,
  type WarehouseTransaction,
} from '@etl/warehouse';
import type { Command } from 'commander';
import { choiceOption } from '../choices.ts';
import type { CliConfig, CommandContext } from '../command-context.ts';
import { courseTable } from '../course-table.ts';
import { OPERATORS_SCOPE } from '../operators-scope.ts';
import { remarksOn } from '../range-remarks.ts';
import {
  fileOf,
  formatOf,
  isForPrograms,
  limitOf,
  type Printed,
  type ReadOptions,
  reading,
  readingCommand,
  restOf,
} from '../reading.ts';
import { plain } from '../table.ts';

const EXAMPLES = `
Filters:
  silent           no views in the dates, but some in the 28 days before
  new              no row in the 28 days before
  falling, rising  fewer or more views than in the dates compared with

Examples:
  etl courses --filter silent --category FTI   the last 28 days of a category
  etl courses 2024-01-08 --filter falling      from a date on, and before it
`;

interface CoursesOptions extends ReadOptions {
  filter: CourseFilter;
  category?: string;
  search?: string;
  sort?: CourseSort;
  order?: Order;
  compare?: Comparison;
}

interface AskedDates {
  from: string | undefined;
  to: string | undefined;
}

/** `courses` lists courses: the most viewed ones, or those that fell, rose, fell silent or are new. */
export function coursesCommand(
  program: Command,
  context: CommandContext,
  exit: (code: number) => void,
): void {
  readingCommand(program, 'courses', 'list courses, or those silent, new, falling or rising')
    .argument('[from]', 'YYYY-MM-DD (default: 28 days together)')
    .argument('[to]', 'YYYY-MM-DD (default: the newest final date)')
    .addOption(choiceOption('--filter <filter>', COURSE_FILTERS.join(', '), COURSE_FILTERS).default('all'))
    .option('--category <id>', 'only the courses in this category: its idnumber or id')
    .option('--search <text>', 'only names and idnumbers that contain the text')
    .addOption(choiceOption('--compare <dates>', 'previous, or year: 364 days before', COMPARISONS))
    .addOption(choiceOption('--sort <figure>', 'by total_views, change, name, …', COURSE_SORTS))
    .addOption(choiceOption('--order <order>', 'asc or desc (default: desc, of names asc)', ORDERS))
    .addHelpText('after', EXAMPLES)
    .action(async (from: string | undefined, to: string | undefined, options: CoursesOptions) =>
      exit(
        await reading(context, options, (snapshot, config) =>
          courses(snapshot, config, context, { from, to }, options),
        ),
      ),
    );
}

async function courses(
  snapshot: WarehouseTransaction,
  config: CliConfig,
  { now }: CommandContext,
  asked: AskedDates,
  options: CoursesOptions,
): Promise<Printed> {
  const clock = { timeZone: config.ETL_TIMEZONE, now: now() };
  const range = await datesToRead(snapshot, parseRange(asked), clock);
  const limit = limitOf(options);
  const { filter, category, search: q, compare } = options;
  const found = await courseList(
    { snapshot, scope: OPERATORS_SCOPE, ...range },
    { filter, category, q, compare, limit, ...orderOf(options) },
  );
  if (options.json) return { body: bodyOf(found, range, limit) };
  const heading = headingOf(found, range, asked);
  const format = formatOf(options);
  if (format) {
    const facts = await fileFacts(snapshot, OPERATORS_SCOPE, { ...range, category });
    return fileOf(options, format, {
      heading,
      table: LISTED_COURSES,
      pages: pagesOf(found.courses),
      rows: found.courses.length,
      about: aboutFile('Courses', { filter, q, limit }, facts, config.ETL_TIMEZONE, found.comparison),
    });
  }
  return {
    heading,
    text: courseTable(found.courses, found.compare !== null),
    footnote: footnoteOf(found),
  };
}

/** Files keep the order of the API. A table begins with the courses that the filter is about. */
function orderOf({ sort, order, filter, ...options }: CoursesOptions): { sort: CourseSort; order: Order } {
  const isFile = isForPrograms(options);
  if (sort === undefined && !isFile && filter === 'falling') return { sort: 'change', order: order ?? 'asc' };
  if (sort === undefined && !isFile && filter === 'rising') return { sort: 'change', order: order ?? 'desc' };
  const by = sort ?? (filter === 'silent' && !isFile ? 'name' : 'total_views');
  return { sort: by, order: order ?? (by === 'name' ? 'asc' : 'desc') };
}

/** The answer of the API. */
function bodyOf(
  { courses: data, count, next, compare, comparison, notCounted }: CourseList,
  range: DateRange,
  limit: number,
) {
  return {
    data,
    count,
    limit: Number.isFinite(limit) ? limit : null,
    has_next: next !== null,
    not_counted: notCounted,
    ...rangeFields(range, compare, comparison),
  };
}

/** How many courses the table does not show, and which ones that match have no figures on the newest date. */
function footnoteOf({ courses, count, notCounted }: CourseList): string | undefined {
  const lines = [
    restOf(courses.length, count, 'courses'),
    ...(notCounted ?? []).map(
      ({ moodle_course_id: id, course_name, extraction_date, sentence }) =>
        `Not counted on ${extraction_date}: ${plain(course_name ?? '') || '-'} (course ${id}). ${sentence}`,
    ),
  ].filter((line) => line !== undefined);
  return lines.length === 0 ? undefined : lines.join('\n');
}

function headingOf({ comparison }: CourseList, range: DateRange, asked: AskedDates): string {
  const { compared, missingDates, isComparable } = comparison;
  const remarks = [remarksOn(range, asked, { missingDates })];
  if (compared) remarks.push(`Compared with ${compared.from} to ${compared.to}`);
  if (compared && !isComparable)
    remarks.push('No change is shown: different dates are missing in the two ranges.');
  return remarks.join('\n');
}
