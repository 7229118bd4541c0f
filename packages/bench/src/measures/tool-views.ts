import { readFileSync } from 'node:fs';
import path from 'node:path';
import { addDays } from '@etl/core';
import { buildRollUps } from '@etl/warehouse';
import { createConnection } from 'mysql2/promise';
import type { BenchmarkWarehouse } from '../benchmark-warehouse/benchmark-warehouse.ts';
import { interleave, type Samples } from '../samples.ts';
import { openBenchmarkWarehouse, type Stage } from '../stage.ts';
import { line, type Measured } from './measure.ts';
import { plainGroupBy, rangeOf } from './year.ts';

const PAGE = path.resolve(import.meta.dirname, '../../../../docs/other-tools.md');

/** A second, where the plain statement takes 2.6 seconds. */
const MOST_OF_PLAIN = 0.38;

/** The questions of the page, each by the line that introduces it. The first statement of the page makes the account. */
function questionsOf(page: string): { what: string; question: string }[] {
  const found = page.matchAll(/\n([^\n]+):\n\n```sql\n(SELECT .+?);\n```/gs);
  return [...found].map(([, what = '', question = '']) => ({ what, question }));
}

/** The questions of docs/other-tools.md, with the date after the last one as today. */
export async function measureToolViews(stage: Stage, benchmark: BenchmarkWarehouse): Promise<Measured> {
  const { url, warehouse } = await openBenchmarkWarehouse(stage, benchmark);
  await buildRollUps(warehouse);
  await warehouse.destroy();
  const questions = questionsOf(readFileSync(PAGE, 'utf8'));
  const connection = await createConnection(url);
  try {
    await connection.query('SET timestamp = UNIX_TIMESTAMP(?)', [addDays(benchmark.dates.at(-1) ?? '', 1)]);
    const times = await interleave(stage.rounds, [
      { name: 'plain', run: () => plainGroupBy(connection, rangeOf(benchmark, 365)) },
      ...questions.map(({ what, question }) => ({ name: what, run: () => connection.query(question) })),
    ]);
    const timesOf = (name: string) => times[name] as Samples;
    return {
      title: 'Views for other tools',
      text: `The questions of [other tools](other-tools.md) on the warehouse of _A year_, from the statement to its last row. The
plain statement is that of _A year_.`,
      lines: [
        line('plain GROUP BY of the daily rows of a year', timesOf('plain')),
        ...questions.map(({ what }) => line(what, timesOf(what))),
      ],
      aims: [
        {
          what: 'slowest question of other tools / plain GROUP BY of a year',
          value: Math.max(...questions.map(({ what }) => timesOf(what).median)) / timesOf('plain').median,
          limit: MOST_OF_PLAIN,
          kind: 'at most',
        },
      ],
    };
  } finally {
    await connection.end();
  }
}
