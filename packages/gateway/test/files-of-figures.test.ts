import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { readXlsx } from 'hucre/xlsx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHANGING, DATES, openMonths } from './generated-months.ts';
import { API, type Gateway, TOKEN } from './support.ts';

const [FROM = '', TO = ''] = [DATES.at(-40), DATES.at(-1)];

const FILE = path.join(tmpdir(), `etl-files-${process.pid}.parquet`);

type Cell = string | number | null;
type Rows = Record<string, Cell>[];

let gateway: Gateway;
let duckdb: Awaited<ReturnType<DuckDBInstance['connect']>>;
let viewer: string;

beforeAll(async () => {
  ({ gateway, viewer } = await openMonths());
  duckdb = await (await DuckDBInstance.create()).connect();
});

afterAll(async () => {
  duckdb?.closeSync();
  await rm(FILE, { force: true });
  await gateway?.close();
});

const ask = (query: string, token: string, headers = {}) =>
  gateway.app.inject({ url: `${API}/${query}`, headers: { authorization: `Bearer ${token}`, ...headers } });

/** The rows of the JSON under the columns of files. */
function flat(data: Record<string, unknown>[]): Rows {
  return data.map((row) => {
    const cells: Record<string, Cell> = {};
    for (const [name, value] of Object.entries(row)) {
      if (Array.isArray(value)) for (const [at, own] of value.entries()) cells[`${name}_${at + 1}`] = own;
      else if (typeof value === 'object' && value !== null)
        for (const [field, own] of Object.entries(value)) cells[`${name}_${field}`] = own as Cell;
      else cells[name] = value as Cell;
    }
    return cells;
  });
}

/** The rows of a Parquet file as DuckDB reads them: numbers as numbers, dates and times as text. */
async function rowsOfParquet(bytes: Buffer): Promise<Rows> {
  await writeFile(FILE, bytes);
  const found = await duckdb.runAndReadAll(`SELECT * FROM read_parquet('${FILE}')`);
  const types = Object.fromEntries(
    found.columnNames().map((name, at) => [name, String(found.columnType(at))]),
  );
  return found
    .getRowObjectsJson()
    .map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name,
          value !== null && types[name] === 'BIGINT' ? Number(value) : (value as Cell),
        ]),
      ),
    );
}

/** The rows of the first sheet, read by a program that did not write it, and the lines of the sheet About. */
async function readWorkbook(bytes: Buffer): Promise<{ rows: Rows; about: [string, string][] }> {
  const { sheets } = await readXlsx(bytes);
  const [header = [], ...cells] = sheets[0]?.rows ?? [];
  const asText = (value: unknown) =>
    value instanceof Date
      ? value.toISOString().slice(0, 19).replace('T', ' ').replace(' 00:00:00', '')
      : (value as Cell);
  return {
    rows: cells.map((row) =>
      Object.fromEntries(header.map((name, at) => [String(name), asText(row[at] ?? null)])),
    ),
    about: (sheets.at(-1)?.rows ?? []).map(([label, text]) => [String(label), String(text)]),
  };
}

/** Null fields of categories that are gone have no columns in the JSON. */
const defined = (rows: Rows) =>
  rows.map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)));

const range = `from=${FROM}&to=${TO}`;

describe.each([
  ['an administrator', () => TOKEN],
  ['a viewer', () => viewer],
])('files for %s', (reader, token) => {
  it.each([
    ['export', `export?date=${TO}`, '&limit=all', `user_activity_${TO}`],
    ['summary by course', `summary?${range}`, '', `summary_course_${FROM}_${TO}`],
    ['summary by unit', `summary?${range}&group_by=unit`, '', `summary_unit_${FROM}_${TO}`],
    [
      'summary by directorate',
      `summary?${range}&group_by=directorate`,
      '',
      `summary_directorate_${FROM}_${TO}`,
    ],
    ['summary by day', `summary?${range}&group_by=day&category=F1`, '', `summary_day_${FROM}_${TO}`],
    ['courses', `courses?${range}&sort=name&compare=previous`, '', `courses_${FROM}_${TO}`],
  ])(
    '%s has the rows of the JSON in Parquet and XLSX, and says what they are',
    async (_, query, all, name) => {
      const most = query.startsWith('courses') ? '&limit=500' : '';
      const { data } = (await ask(query + most, token())).json();
      expect(data.length).toBeGreaterThan(0);
      const parquet = await ask(`${query}${all}&format=parquet`, token());
      expect(parquet.headers['content-type']).toBe('application/vnd.apache.parquet');
      expect(parquet.headers['content-disposition']).toBe(`attachment; filename="${name}.parquet"`);
      expect(defined(await rowsOfParquet(parquet.rawPayload))).toEqual(defined(flat(data)));
      const xlsx = await ask(`${query}${all}&format=xlsx`, token());
      expect(xlsx.headers['content-type']).toMatch(/spreadsheetml\.sheet$/);
      expect(xlsx.headers['content-disposition']).toBe(`attachment; filename="${name}.xlsx"`);
      const { rows, about } = await readWorkbook(xlsx.rawPayload);
      expect(defined(rows)).toEqual(defined(flat(data)));
      const said = new Map(about);
      expect(said.get('Categories')).toBe(reader === 'a viewer' ? 'Category 1 (F1)' : 'all');
      expect(said.get('Dates')).toBe(query.startsWith('export') ? TO : `${FROM} to ${TO}`);
      expect(said.get('As of')).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d, the newest merge/);
      for (const column of Object.keys(rows[0] ?? {})) expect(said.get(column), column).toMatch(/\.$/);
    },
  );
});

it('the sheet About names missing and provisional dates', async () => {
  const { missing_dates: missing, provisional_dates: provisional } = (
    await ask(`summary?from=${DATES[0]}&to=${TO}&group_by=day`, TOKEN)
  ).json();
  expect(missing.length).toBeGreaterThan(0);
  const file = await ask(`summary?from=${DATES[0]}&to=${TO}&group_by=day&format=xlsx`, TOKEN);
  const said = new Map((await readWorkbook(file.rawPayload)).about);
  expect(said.get('Missing dates, not in the figures')).toBe(missing.join(', '));
  expect(said.get('Provisional dates, extracted before the day had ended')).toBe(
    provisional.join(', ') || 'none',
  );
});

it('the sheet About of courses names the dates that change compares with', async () => {
  const saidOf = async (from: string | undefined, to: string | undefined, compare: string) => {
    const file = await ask(`courses?from=${from}&to=${to}${compare}&format=xlsx`, TOKEN);
    const { about } = await readWorkbook(file.rawPayload);
    return about.filter(([label]) => /compared/i.test(label));
  };
  const previous = `${DATES[67]} to ${DATES[72]}`;
  expect(await saidOf(CHANGING.from, CHANGING.to, '&compare=previous')).toEqual([
    ['Compared with', previous],
  ]);
  // These sort and filter by change, so they compare with the range before.
  expect(await saidOf(CHANGING.from, CHANGING.to, '&sort=change')).toEqual([['Compared with', previous]]);
  expect(await saidOf(CHANGING.from, CHANGING.to, '&filter=falling')).toEqual([['Compared with', previous]]);
  expect(await saidOf(CHANGING.from, CHANGING.to, '')).toEqual([]);
  const [from, to] = [DATES[15], DATES[20]];
  const { compared_missing_dates: missing } = (
    await ask(`courses?from=${from}&to=${to}&compare=previous`, TOKEN)
  ).json();
  expect(missing).toContain(DATES[10]);
  expect(await saidOf(from, to, '&compare=previous')).toEqual([
    ['Compared with', `${DATES[9]} to ${DATES[14]}`],
    ['Missing dates, not in the compared figures', missing.join(', ')],
  ]);
});

it.each([
  [`export?date=${TO}&limit=all`, undefined],
  [`export?date=${TO}`, 'at most 1000'],
  [`export?date=${TO}&limit=2&offset=1`, 'without the first 1; at most 2'],
  [`export?date=${TO}&limit=all&cursor=NEXT`, 'without those of the pages before'],
  [`summary?${range}`, undefined],
  [`summary?${range}&limit=3&offset=2`, 'without the first 2; at most 3'],
  [`courses?${range}`, undefined],
  [`courses?${range}&filter=silent&q=1`, 'filter silent; name, short name or idnumber contains “1”'],
  [`courses?${range}&limit=2&cursor=NEXT`, 'without those of the pages before; at most 2'],
])('the sheet About says what limits the rows of a file: %s', async (query, said) => {
  const page = async () => (await ask(query.replace(/limit=\w+&cursor=NEXT/, 'limit=2'), TOKEN)).json();
  const asked = query.includes('NEXT') ? query.replace('NEXT', (await page()).next_cursor) : query;
  const { about } = await readWorkbook((await ask(`${asked}&format=xlsx`, TOKEN)).rawPayload);
  expect(about.slice(0, 2)).toEqual([
    ['What', expect.any(String)],
    said === undefined ? ['Dates', expect.any(String)] : ['Rows', said],
  ]);
});

it('the Accept header asks for a file, too', async () => {
  for (const [type, ending] of [
    ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'xlsx'],
    ['application/vnd.apache.parquet', 'parquet'],
  ]) {
    const { headers } = await ask(`export?date=${TO}`, TOKEN, { accept: type });
    expect(headers['content-disposition']).toContain(`.${ending}"`);
    expect(headers['content-type']).toBe(type);
  }
});

it('a file of courses has an ETag, and is not sent again to a caller that has it', async () => {
  const { headers } = await ask(`courses?${range}&format=xlsx`, TOKEN);
  const again = await ask(`courses?${range}&format=xlsx`, TOKEN, { 'if-none-match': headers.etag });
  expect([again.statusCode, again.body]).toEqual([304, '']);
});
