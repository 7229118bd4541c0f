import { VIEW_COLUMNS } from '@etl/core';
import { buildRollUps } from '@etl/warehouse';
import { type Connection, createConnection } from 'mysql2/promise';
import type { BenchmarkWarehouse } from '../benchmark-warehouse/benchmark-warehouse.ts';
import { interleave, type Samples } from '../samples.ts';
import { openBenchmarkWarehouse, type Stage } from '../stage.ts';
import { startGateway } from '../system.ts';
import { type Aim, line, type Measured } from './measure.ts';
import { YEAR_CALLS, type YearCall } from './year-calls.ts';

/** Dates after the ranges, so that they end within a month and a week. */
const DATES_AFTER = 10;

const SPANS = [
  { span: 'a year', days: 365, times: 1 },
  { span: 'three years', days: 1095, times: 2 },
] as const;

/** A directorate of ten categories. */
const DIRECTORATE = 'F1';

interface YearRead extends YearCall {
  span: (typeof SPANS)[number]['span'];
  /** The aim's share of the plain statement's time is for a year. */
  times: number;
  reader: 'all' | 'ten categories';
  query: string;
}

/** Reads of a year and of three years at a gateway, compared with a plain GROUP BY of the daily rows of a year. */
export async function measureYear(stage: Stage, benchmark: BenchmarkWarehouse): Promise<Measured> {
  const { url, warehouse } = await openBenchmarkWarehouse(stage, benchmark);
  await buildRollUps(warehouse);
  await warehouse.destroy();
  const reads = readsOf(benchmark);
  const connection = await createConnection(url);
  const gateway = await startGateway(stage, { warehouseUrl: url });
  const headersOf = {
    all: gateway.headers,
    'ten categories': await gateway.headersOf({ directorate: DIRECTORATE }),
  };
  try {
    const times = await interleave(stage.rounds, [
      { name: 'plain', run: () => plainGroupBy(connection, rangeOf(benchmark, SPANS[0].days)) },
      ...reads.map((read) => ({
        name: nameOf(read),
        run: () => fetchAll(`${gateway.api}/${read.query}`, headersOf[read.reader]),
      })),
    ]);
    return reportOf(benchmark, reads, times);
  } finally {
    await gateway.close();
    await connection.end();
  }
}

function readsOf(benchmark: BenchmarkWarehouse): YearRead[] {
  return YEAR_CALLS.flatMap((call) =>
    SPANS.filter(({ times }) => times === 1 || !(call.isOfOneYear || call.isOfOneDate)).flatMap(
      ({ span, days, times }) => {
        const { from, to } = rangeOf(benchmark, days);
        const query = call.isOfOneDate
          ? call.path.replace(':date', to)
          : `${call.path}${call.path.includes('?') ? '&' : '?'}from=${from}&to=${to}`;
        return (['all', 'ten categories'] as const).map((reader) => ({
          ...call,
          span,
          times,
          reader,
          query,
        }));
      },
    ),
  );
}

function nameOf({ name, span, reader }: YearRead): string {
  return `${name}: ${span}, ${reader}`;
}

/** The range of so many days that ends some days before the last date. Shorter if there are fewer dates. */
export function rangeOf({ dates }: BenchmarkWarehouse, days: number): { from: string; to: string } {
  const first = dates[0] ?? '';
  return { from: dates.at(-DATES_AFTER - days) ?? first, to: dates.at(-DATES_AFTER - 1) ?? first };
}

/**
 * The sums of each course as a person at a database console would ask for them. Without the hint MariaDB reads the
 * rows in the order of the courses, which takes ten times as long.
 */
export async function plainGroupBy(
  connection: Connection,
  { from, to }: { from: string; to: string },
): Promise<void> {
  const sums = [...VIEW_COLUMNS, 'total_views', 'active_days'].map((column) => `SUM(${column}) AS ${column}`);
  await connection.query(
    `SELECT moodle_course_id, ${sums.join(', ')}, MAX(extraction_date) AS last_date FROM user_activity_etl
     IGNORE INDEX FOR GROUP BY (unique_moodle_course_date) WHERE extraction_date BETWEEN ? AND ? GROUP BY moodle_course_id`,
    [from, to],
  );
}

async function fetchAll(url: string, headers: Record<string, string>): Promise<void> {
  const answer = await fetch(url, { headers });
  const body = await answer.text();
  if (answer.status !== 200) throw new Error(`${url}: ${answer.status} ${body}`);
}

function reportOf(
  { dates, courses, categories }: BenchmarkWarehouse,
  reads: readonly YearRead[],
  times: Record<string, Samples>,
): Measured {
  const plain = times.plain as Samples;
  const timesOf = (read: YearRead) => times[nameOf(read)] as Samples;
  return {
    title: 'A year',
    text: `A warehouse of ${courses.toLocaleString('en')} courses in ${categories} categories on ${dates.length.toLocaleString('en')} dates. The ranges begin and end within a week and a month.
Each time is from the request to the last byte of the answer, over HTTP. *All* is an administrator, *ten
categories* a viewer. The plain statement is \`GROUP BY moodle_course_id\` over the daily rows of the year.`,
    lines: [
      line('plain GROUP BY of the daily rows of a year', plain),
      ...reads.map((read) => line(nameOf(read), timesOf(read))),
    ],
    aims: [
      ...aimsOf(reads, (read) => timesOf(read).median / plain.median),
      ...reads.flatMap((read) => timeAimOf(read, timesOf(read).median)),
    ],
  };
}

/** One aim for each call and span: the slower of both readers counts. */
function aimsOf(reads: readonly YearRead[], ratioOf: (read: YearRead) => number): Aim[] {
  return [...Map.groupBy(reads, ({ name, span }) => `${name} of ${span}`)].flatMap(([what, own]) => {
    const [{ share, times } = { share: undefined, times: 1 }] = own;
    if (share === undefined) return [];
    return {
      what: `${what} / plain GROUP BY of a year`,
      value: Math.max(...own.map(ratioOf)),
      limit: Number((share * times).toFixed(3)),
      kind: 'at most' as const,
    };
  });
}

function timeAimOf(read: YearRead, value: number): Aim[] {
  if (read.milliseconds === undefined) return [];
  const limit = read.milliseconds * read.times;
  return [{ what: nameOf(read), value, limit, kind: 'at most', unit: 'ms' }];
}
