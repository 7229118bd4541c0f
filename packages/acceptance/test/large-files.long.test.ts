import { createWriteStream, readFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { readXlsx } from 'hucre/xlsx';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { openSystem, type System, TOKEN } from './system.ts';

/** Rows of a date. Each format is first written with a tenth of its rows. */
const ROWS = { '2024-01-15': 10_000, '2024-01-16': 100_000, '2024-01-17': 1_000_000 };

/** How much more memory the whole file may take than the tenth. */
const MOST_GROWTH = 1.2;

let system: System;
let gateway: Awaited<ReturnType<System['startGateway']>>;

beforeAll(async () => {
  system = await openSystem(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { sample: 'empty' },
  );
  for (const [date, rows] of Object.entries(ROWS)) {
    await system.rows(
      `INSERT INTO user_activity_etl (moodle_course_id, course_id, id_number, course_name, course_shortname,
         category_id, category_path, num_teachers, num_students, file_views, total_views,
         avg_activity_per_student_per_day, active_days, extraction_date)
       SELECT seq, CONCAT('F', seq % 200), CONCAT('C', seq), CONCAT('=Introduction to subject ', seq, ' 😀\\n', seq),
         CONCAT('SUB-', seq), seq % 200, CONCAT('/', seq % 10, '/', seq % 200), seq % 3, seq % 90, seq % 155,
         seq % 155, IF(seq % 7 = 0, NULL, seq % 7), 1, ? FROM seq_1_to_${rows}`,
      [date],
    );
  }
  gateway = await system.startGateway();
});

afterAll(() => system?.close());

/** The most memory that the gateway has had, in kB. */
function peakMemory(): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${gateway.pid}/status`, 'utf8'))?.[1]);
}

async function download(date: string, format: string): Promise<string> {
  const answer = await fetch(`${system.api}/export?date=${date}&limit=all&format=${format}`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  expect(answer.status).toBe(200);
  const file = path.join(system.folder, `${date}.${format}`);
  await pipeline(Readable.fromWeb(answer.body as never), createWriteStream(file));
  return file;
}

async function sumsOf(date: string) {
  const [sums] = await system.rows(
    `SELECT COUNT(*) AS row_count, CAST(SUM(total_views) AS SIGNED) AS views,
       CAST(SUM(avg_activity_per_student_per_day) AS DOUBLE) AS averages
     FROM user_activity_etl WHERE extraction_date = ?`,
    [date],
  );
  return [sums?.row_count, sums?.views, sums?.averages];
}

it('an XLSX file of 100,000 rows takes no more memory than one of a tenth, and has all sums', async () => {
  await download('2024-01-15', 'xlsx');
  const before = peakMemory();
  const file = await download('2024-01-16', 'xlsx');
  expect(peakMemory() / before).toBeLessThan(MOST_GROWTH);
  const { sheets } = await readXlsx(readFileSync(file));
  const [header = [], ...rows] = sheets[0]?.rows ?? [];
  const sum = (name: string) => {
    const column = header.indexOf(name);
    return rows.reduce((all, row) => all + Number(row[column] ?? 0), 0);
  };
  const sums = [rows.length, sum('total_views'), sum('avg_activity_per_student_per_day')];
  expect(sums).toEqual(await sumsOf('2024-01-16'));
});

it('a Parquet file of a million rows takes no more memory than one of a tenth, and has all sums', async () => {
  await download('2024-01-16', 'parquet');
  const before = peakMemory();
  const file = await download('2024-01-17', 'parquet');
  expect(peakMemory() / before).toBeLessThan(MOST_GROWTH);
  const duckdb = await (await DuckDBInstance.create()).connect();
  const read = await duckdb.runAndReadAll(
    `SELECT count(*)::INTEGER, sum(total_views)::INTEGER, sum(avg_activity_per_student_per_day)
     FROM read_parquet('${file}')`,
  );
  duckdb.closeSync();
  expect(read.getRowsJson()).toEqual([await sumsOf('2024-01-17')]);
});
