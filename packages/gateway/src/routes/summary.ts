import { clockTime, countDates, wrongField } from '@etl/core';
import { aboutFile, FILE_FORMATS, fileParts, pagesOf, summaryTable } from '@etl/files';
import { fileFacts, GROUPINGS, ORDERS, onSnapshot, SUMMARY_SORTS, summarize } from '@etl/warehouse';
import type { FastifySchema } from 'fastify';
import { z } from 'zod';
import { scopeOfCaller } from '../authentication/authenticate.ts';
import type { ConcurrencyLimit } from '../concurrency-limit.ts';
import { answerBody, type FieldsBesideRows, LocalDate, withheldCourses } from '../contract/answers.ts';
import { ROLLED_UP, RolledUp, SummaryGroup } from '../contract/figure-answers.ts';
import type { ZodApp } from '../contract/zod-routes.ts';
import { documentedFiles, fileHeaders } from '../export/file-headers.ts';
import { sendParts } from '../export/stream.ts';
import { categoryText, dateText, offset, oneOf, wholeNumber } from '../request-input.ts';
import { sendRows } from '../rows-body.ts';
import type { Services } from '../services.ts';

const MOST_DAYS = 366;

const GROUPS_BY_DEFAULT = 1000;

const SummaryQuery = z.strictObject({
  from: dateText,
  to: dateText,
  group_by: oneOf(GROUPINGS).default('course').meta({ description: 'What one row stands for' }),
  category: categoryText.optional(),
  sort: oneOf(SUMMARY_SORTS).optional().meta({ description: 'Default: by the ids or dates of the groups' }),
  order: oneOf(ORDERS).optional().meta({ description: 'Of `sort`. Default: asc' }),
  limit: wholeNumber(1, 10_000)
    .optional()
    .meta({ description: `Default: ${GROUPS_BY_DEFAULT}, in files all groups` }),
  offset,
  format: oneOf(['json', ...FILE_FORMATS])
    .default('json')
    .meta({ description: 'Files have the groups without the totals' }),
});

const JsonAnswer = answerBody(
  {
    data: z.array(SummaryGroup),
    totals: RolledUp,
    from: LocalDate,
    to: LocalDate,
    group_by: z.enum(GROUPINGS),
    limit: z.int(),
    offset: z.int(),
    has_next: z.boolean(),
    missing_dates: z.array(LocalDate).meta({ description: 'Dates without a completed merge' }),
    provisional_dates: z.array(LocalDate).meta({ description: 'Dates extracted before their day ended' }),
    settings_differ_dates: z
      .array(LocalDate)
      .meta({ description: 'Dates whose time zone or roles differ from the stored settings' }),
    withheld_courses: withheldCourses,
  },
  {
    data: [{ directorate: { id: 2, idnumber: 'FTI', name: 'Engineering' }, ...ROLLED_UP }],
    totals: ROLLED_UP,
    from: '2024-01-08',
    to: '2024-01-15',
    group_by: 'directorate',
    limit: 1000,
    offset: 0,
    has_next: false,
    missing_dates: ['2024-01-11'],
    provisional_dates: [],
    settings_differ_dates: [],
    withheld_courses: 0,
  },
);

/** The columns of a category are its fields, with the name of the level before them. */
const CSV_EXAMPLE = `directorate_id,directorate_idnumber,directorate_name,${Object.keys(ROLLED_UP).join()}\r\n2,FTI,Engineering,${Object.values(ROLLED_UP).join()}\r\n`;

const SUMMARY = {
  tags: ['Figures'],
  summary: 'Sums of the rows of a date range',
  description: `Groups by course, unit (a category of the second level), directorate (a category of the top level) or day. \`sort\` orders the groups by a figure or by their names. At most ${MOST_DAYS} days. \`missing_dates\` have no completed merge. The figures contain rows of such a date only if another program left them there. Files have the groups only.`,
  querystring: SummaryQuery,
  response: {
    200: {
      content: {
        'application/json': { schema: JsonAnswer },
        ...documentedFiles(CSV_EXAMPLE),
      },
    },
  },
} satisfies FastifySchema;

/** `GET summary`: sums of the daily rows of a date range. */
export function summaryRoute(
  app: ZodApp,
  { warehouse, config }: Services,
  heavyReads: ConcurrencyLimit,
): void {
  app.get('/summary', { schema: SUMMARY }, (request, reply) => {
    const { from, to, group_by, category, sort, order, offset, format } = request.query;
    const limit = request.query.limit ?? (format === 'json' ? GROUPS_BY_DEFAULT : Number.POSITIVE_INFINITY);
    if (order !== undefined && sort === undefined) throw wrongField('order', 'needs sort');
    if (from > to) throw wrongField('from', `${from} is after ${to}`);
    const days = countDates(from, to);
    if (days > MOST_DAYS) {
      throw wrongField('from', `${from} to ${to} are ${days} days; a summary takes ${MOST_DAYS} at most`);
    }
    return heavyReads.run(request, reply, async (signal) => {
      const { found, facts } = await onSnapshot(warehouse, async (snapshot) => {
        const scope = await scopeOfCaller(request, snapshot);
        const wanted = { from, to, groupBy: group_by, category, sort, order, limit, offset };
        const found = await summarize(snapshot, scope, wanted, signal);
        return { found, facts: format !== 'json' && (await fileFacts(snapshot, scope, wanted)) };
      });
      if (format !== 'json' && facts) {
        const content = {
          table: summaryTable(group_by),
          pages: pagesOf(found.groups),
          about: aboutFile(`Sums of each ${group_by}`, { limit, offset }, facts, config.ETL_TIMEZONE),
        };
        const headers = fileHeaders(`summary_${group_by}_${from}_${to}`, format);
        return sendParts(request, reply, fileParts(format, content), headers);
      }
      return sendRows(reply, found.groups, (group): SummaryGroup => group, {
        totals: found.totals,
        from,
        to,
        group_by,
        limit,
        offset,
        has_next: found.hasNext,
        missing_dates: found.missingDates,
        provisional_dates: found.provisionalDates,
        settings_differ_dates: found.settingsDifferDates,
        withheld_courses: found.withheldCourses,
        timestamp: clockTime(new Date(), config.ETL_TIMEZONE),
      } satisfies FieldsBesideRows<typeof JsonAnswer>);
    });
  });
}
