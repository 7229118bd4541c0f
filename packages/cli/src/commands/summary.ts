import { aboutFile, pagesOf, summaryTable as summaryFile } from '@etl/files';
import {
  datesToRead,
  fileFacts,
  GROUPINGS,
  type Grouping,
  ORDERS,
  type Order,
  parseRange,
  SUMMARY_SORTS,
  type Summary,
  type SummarySort,
  summarize,
  type WarehouseTransaction,
} from '@etl/warehouse';
import type { Command } from 'commander';
import { choiceOption } from '../choices.ts';
import type { CliConfig, CommandContext } from '../command-context.ts';
import { summaryTable } from '../figure-tables.ts';
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
} from '../reading.ts';

const EXAMPLES = `
Examples:
  etl summary                                  the last 28 days
  etl summary 2024-01-01 2024-01-31 --by unit  a month
  etl summary 2024-01-01 --category FTI        a category, from a date on
`;

interface SummaryOptions extends ReadOptions {
  by: Grouping;
  category?: string;
  sort?: SummarySort;
  order?: Order;
}

const WHAT: Record<Grouping, string> = {
  course: 'courses',
  unit: 'units',
  directorate: 'directorates',
  day: 'days',
};

/** `summary` prints sums over a range of dates. */
export function summaryCommand(
  program: Command,
  context: CommandContext,
  exit: (code: number) => void,
): void {
  const by = choiceOption('--by <group>', `groups: ${GROUPINGS.join(', ')}`, GROUPINGS).default('course');
  readingCommand(program, 'summary', 'show sums of the figures of several dates')
    .argument('[from]', 'YYYY-MM-DD (default: 28 days together)')
    .argument('[to]', 'YYYY-MM-DD (default: the newest final date)')
    .addOption(by)
    .option('--category <id>', 'only the courses in this category: its idnumber or id')
    .addOption(choiceOption('--sort <figure>', 'by a figure of the JSON, or name', SUMMARY_SORTS))
    .addOption(choiceOption('--order <order>', 'asc or desc (default: desc, of names asc)', ORDERS))
    .addHelpText('after', EXAMPLES)
    .action(async (from: string | undefined, to: string | undefined, options: SummaryOptions) =>
      exit(
        await reading(context, options, (snapshot, config) =>
          summary(snapshot, config, context, { from, to }, options),
        ),
      ),
    );
}

async function summary(
  snapshot: WarehouseTransaction,
  config: CliConfig,
  { now }: CommandContext,
  asked: { from?: string | undefined; to?: string | undefined },
  { by: groupBy, category, ...options }: SummaryOptions,
): Promise<Printed> {
  const clock = { timeZone: config.ETL_TIMEZONE, now: now() };
  const range = await datesToRead(snapshot, parseRange(asked), clock);
  // Days are read in their order, so that a part of them says little.
  const limit = groupBy === 'day' ? (options.limit ?? Number.POSITIVE_INFINITY) : limitOf(options);
  const found = await summarize(snapshot, OPERATORS_SCOPE, {
    ...range,
    ...orderOf(groupBy, options),
    groupBy,
    category,
    limit,
    offset: 0,
  });
  if (options.json) return { body: bodyOf(found, { ...range, groupBy, limit }) };
  const heading = remarksOn(range, asked, found);
  const format = formatOf(options);
  if (format) {
    const facts = await fileFacts(snapshot, OPERATORS_SCOPE, { ...range, category });
    return fileOf(options, format, {
      heading,
      table: summaryFile(groupBy),
      pages: pagesOf(found.groups),
      rows: found.groups.length,
      about: aboutFile(`Sums of each ${groupBy}`, { limit }, facts, config.ETL_TIMEZONE),
    });
  }
  return {
    heading,
    text: summaryTable(found.groups, groupBy),
    footnote: footnoteOf(found, groupBy),
  };
}

/** Files keep the order of the API. A table has the most viewed groups first, and days in their order. */
function orderOf(
  groupBy: Grouping,
  { sort, order, ...options }: Omit<SummaryOptions, 'by' | 'category'>,
): { sort?: SummarySort; order?: Order } {
  const usual = groupBy === 'day' ? 'name' : 'total_views';
  if (sort === undefined && order === undefined && isForPrograms(options)) return {};
  const by = sort ?? usual;
  return { sort: by, order: order ?? (by === 'name' ? 'asc' : 'desc') };
}

/** The answer of the API. */
function bodyOf(
  found: Summary,
  { from, to, groupBy, limit }: { from: string; to: string; groupBy: Grouping; limit: number },
): object {
  return {
    data: found.groups,
    totals: found.totals,
    from,
    to,
    group_by: groupBy,
    limit: Number.isFinite(limit) ? limit : null,
    offset: 0,
    has_next: found.hasNext,
    missing_dates: found.missingDates,
    provisional_dates: found.provisionalDates,
    settings_differ_dates: found.settingsDifferDates,
    withheld_courses: found.withheldCourses,
  };
}

function footnoteOf({ groups, hasNext, totals }: Summary, groupBy: Grouping): string {
  const all = `Together: ${totals.courses} courses, ${totals.num_students} enrolments, ${totals.total_views} views.`;
  return hasNext ? `The first ${groups.length} ${WHAT[groupBy]}; --limit all shows all. ${all}` : all;
}
