import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { DuckDBInstance } from '@duckdb/node-api';
import { parse } from 'csv-parse/sync';
import { readXlsx } from 'hucre/xlsx';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { openSystem, type System } from './system.ts';

const MAIN = path.resolve(import.meta.dirname, '../../cli/src/main.ts');
const [FROM, DATE] = ['2024-01-14', '2024-01-15'];

let system: System;

beforeAll(async () => {
  system = await openSystem({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });
  await system.startWorker();
  expect(await system.etl('backfill', FROM, DATE)).toMatchObject({ code: 0 });
});

afterAll(() => system?.close());

const start = (command: string, args: string[]) =>
  spawn(command, args, { cwd: system.folder, env: { PATH: process.env.PATH ?? '', ...system.env } });

/** Runs the command to its end, in the system's folder. */
async function etl(...args: string[]): Promise<{ code: number; out: string; said: string }> {
  const child = start(process.execPath, [MAIN, ...args]);
  const [out, said, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { code, out, said };
}

const inFolder = (file: string) => path.join(system.folder, file);
const unfinished = () => readdirSync(system.folder).filter((file) => file.endsWith('.part'));

/** A sum of the daily rows. */
async function sumOf(dates: string[]): Promise<number> {
  const [row] = await system.rows(
    'SELECT CAST(SUM(total_views) AS SIGNED) AS views FROM user_activity_etl WHERE extraction_date IN (?)',
    [dates],
  );
  return row?.views;
}

it.each([
  ['results', [DATE], [DATE]],
  ['summary', [FROM, DATE, '--by', 'unit'], [FROM, DATE]],
  ['courses', [FROM, DATE], [FROM, DATE]],
] as const)(
  'files of %s are written as Parquet, XLSX and CSV with the sums of the daily rows',
  async (command, args, dates) => {
    const views = await sumOf([...dates]);
    expect(views).toBeGreaterThan(0);
    const file = `${command}.parquet`;
    const written = await etl(command, ...args, '--format', 'parquet', '--output', file);
    expect(written).toMatchObject({ code: 0, out: '' });
    expect(written.said).toMatch(new RegExp(`\\n${file}: \\d+ rows\\n$`));
    const duckdb = await (await DuckDBInstance.create()).connect();
    const read = await duckdb.runAndReadAll(
      `SELECT sum(total_views)::INTEGER FROM read_parquet('${inFolder(file)}')`,
    );
    duckdb.closeSync();
    expect(read.getRowsJson()).toEqual([[views]]);

    // The ending of the name is a format as well.
    expect(await etl(command, ...args, '--output', 'a.xlsx')).toMatchObject({ code: 0 });
    const { sheets } = await readXlsx(await readFile(inFolder('a.xlsx')));
    const [header = [], ...rows] = sheets[0]?.rows ?? [];
    const column = header.indexOf('total_views');
    expect(rows.reduce((sum, row) => sum + Number(row[column]), 0)).toBe(views);
    expect(sheets.at(-1)?.name).toBe('About');
    expect(sheets.at(-1)?.rows.filter(([label]) => label === 'Rows')).toEqual([]);

    expect(await etl(command, ...args, '--csv', '--output', 'a.csv')).toMatchObject({ code: 0 });
    const csv = await readFile(inFolder('a.csv'), 'utf8');
    const records = parse<{ total_views: string }>(csv, { columns: true, bom: true });
    expect(records.reduce((sum, record) => sum + Number(record.total_views), 0)).toBe(views);
    // The reader of the output omits the byte order mark.
    expect(`\uFEFF${(await etl(command, ...args, '--csv')).out}`).toBe(csv);
    expect(unfinished()).toEqual([]);
  },
);

it.each([
  [['results', DATE, '--limit', '2'], 'at most 2'],
  [['summary', FROM, DATE, '--limit', '1'], 'at most 1'],
  [
    ['courses', FROM, DATE, '--search', 'a', '--limit', '1'],
    'name, short name or idnumber contains “a”; at most 1',
  ],
])('the sheet About says what limits the rows of a file: %j', async (args, said) => {
  expect(await etl(...args, '--format', 'xlsx', '--output', 'some.xlsx')).toMatchObject({ code: 0 });
  const { sheets } = await readXlsx(await readFile(inFolder('some.xlsx')));
  expect(sheets.at(-1)?.rows).toContainEqual(['Rows', said]);
});

it('the sheet About of courses names the dates that change compares with', async () => {
  const [fromBefore, toBefore] = ['2024-01-12', '2024-01-13'];
  await etl('courses', FROM, DATE, '--compare', 'previous', '--output', 'compared.xlsx');
  const { sheets } = await readXlsx(await readFile(inFolder('compared.xlsx')));
  const compared = sheets.at(-1)?.rows.filter(([label]) => /compared/i.test(String(label)));
  expect(compared).toEqual([
    ['Compared with', `${fromBefore} to ${toBefore}`],
    ['Missing dates, not in the compared figures', `${fromBefore}, ${toBefore}`],
  ]);
});

it('on a terminal a bar shows the progress of a file', async () => {
  const command = `'${process.execPath}' '${MAIN}' results ${DATE} --format xlsx --output bar.xlsx`;
  const child = start('script', ['--quiet', '--return', '--command', command, '/dev/null']);
  const [shown] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  expect(shown).toMatch(/\] (\d+) of \1 rows/);
  expect(existsSync(inFolder('bar.xlsx'))).toBe(true);
});

it.each([
  [
    ['results', '--format', 'xlsx'],
    'A file of the format xlsx is binary, and is not printed. Add --output FILE.xlsx',
  ],
  [['summary', '--format', 'parquet'], 'Add --output FILE.parquet'],
  [
    ['results', '--output', 'figures'],
    '--output needs a format. End the name with .csv, .xlsx, .parquet, or add --format',
  ],
  [['results', '--csv', '--output', '-'], '- is not the name of a file. Leave out --output to print CSV'],
  [
    ['results', '--csv', '--output', 'a.xlsx'],
    '--csv does not match the name a.xlsx. End the name with .csv, or leave out --csv',
  ],
  [
    ['summary', '--format', 'csv', '--output', 'a.XLSX'],
    '--format csv does not match the name a.XLSX. End the name with .csv, or leave out --format csv',
  ],
  [
    ['courses', '--format', 'xlsx', '--output', 'a.parquet'],
    '--format xlsx does not match the name a.parquet. End the name with .xlsx, or leave out --format xlsx',
  ],
  [['results', '--format', 'xslx', '--output', 'x'], 'It takes csv, xlsx, parquet. Did you mean xlsx?'],
  [['results', '--csv', '--format', 'xlsx', '--output', 'x'], 'cannot be used with option'],
  [['results', DATE, '--format', 'xlsx', '--output', 'none/x.xlsx'], 'The folder none does not exist'],
])('%j exits with 2 and says what is wrong: %s', async (args, message) => {
  const { code, out, said } = await etl(...args);
  expect(said).toContain(message);
  expect({ code, out }).toEqual({ code: 2, out: '' });
});

it('a file keeps a name whose ending is of no format', async () => {
  const { code, said } = await etl('results', DATE, '--csv', '--output', 'figures.txt');
  expect({ code, said }).toEqual({ code: 0, said: expect.stringMatching(/\nfigures\.txt: \d+ rows\n$/) });
});
