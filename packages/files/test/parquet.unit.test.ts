import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ColumnKind } from '../src/columns.ts';
import { parquetOf } from '../src/parquet.ts';
import type { Cells } from '../src/table.ts';
import { bytesOf, failingPages, inPages, nastyRows, TABLE } from './nasty-rows.ts';

const ABOUT = [['Dates', '2024-01-15']] as const;

const FILE = path.join(tmpdir(), `etl-parquet-${process.pid}.parquet`);

let duckdb: Awaited<ReturnType<DuckDBInstance['connect']>>;

beforeAll(async () => {
  duckdb = await (await DuckDBInstance.create()).connect();
});

afterAll(async () => {
  duckdb?.closeSync();
  await rm(FILE, { force: true });
});

/** What DuckDB, which did not write the file, reads of it. */
async function query(bytes: Buffer, select: string) {
  await writeFile(FILE, bytes);
  return (await duckdb.runAndReadAll(`SELECT ${select} FROM read_parquet('${FILE}')`)).getRowsJson();
}

/** Texts are compared by their bytes: the connector omits a byte order mark at their beginning. */
function shownAs(name: string, kind: ColumnKind): string {
  if (kind === 'decimal') return name;
  return kind === 'text' ? `lower(hex(encode(${name})))` : `${name}::VARCHAR`;
}

const fileOf = (rows: readonly Cells[]) => bytesOf(parquetOf(TABLE, inPages(rows), ABOUT));

describe('Parquet', () => {
  it('every row of a file is read back with its types, texts whole and null as null', async () => {
    const shown = TABLE.columns.map(({ name, kind }) => shownAs(name, kind));
    await fc.assert(
      fc.asyncProperty(nastyRows, async (rows) => {
        const read = await query(await fileOf(rows), shown.join());
        const expected = rows.map((row) =>
          TABLE.columns.map(({ name, kind }) => {
            const value = (row as Cells)[name] ?? null;
            if (value === null || kind === 'decimal') return value;
            return kind === 'text' ? Buffer.from(String(value)).toString('hex') : String(value);
          }),
        );
        expect(read).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });

  it('dates are DATE, times TIMESTAMP, ids BIGINT, averages DOUBLE', async () => {
    const types = TABLE.columns.map(({ name }) => `typeof(${name})`).join();
    const read = await query(
      await fileOf([{ moodle_course_id: '9007199254740993', course_name: 'Logic' }]),
      types,
    );
    expect(read).toEqual([['BIGINT', 'VARCHAR', 'VARCHAR', 'DOUBLE', 'DATE', 'TIMESTAMP', 'BIGINT']]);
  });

  it('a file without rows has its columns', async () => {
    expect(await query(await fileOf([]), `count(*), count(${TABLE.columns.at(-1)?.name})`)).toEqual([
      ['0', '0'],
    ]);
  });

  it('a file of many row groups has each row once', async () => {
    const rows = Array.from({ length: 12_345 }, (_, id) => ({ moodle_course_id: id, total_views: id * 2 }));
    const bytes = await bytesOf(parquetOf(TABLE, inPages(rows, 1000), ABOUT));
    const read = await query(bytes, 'count(*), count(DISTINCT moodle_course_id), sum(total_views)::BIGINT');
    expect(read).toEqual([['12345', '12345', String(12_345 * 12_344)]]);
    const groups = await duckdb.runAndReadAll(
      `SELECT count(DISTINCT row_group_id)::INTEGER FROM parquet_metadata('${FILE}')`,
    );
    expect(groups.getRowsJson()).toEqual([[3]]);
  });

  it('the facts and the definitions are the metadata of the file', async () => {
    await writeFile(FILE, await fileOf([]));
    const found = await duckdb.runAndReadAll(
      `SELECT decode(key), decode(value) FROM parquet_kv_metadata('${FILE}')`,
    );
    const { about, columns } = Object.fromEntries(found.getRowsJson());
    expect(JSON.parse(about)).toEqual(ABOUT);
    expect(JSON.parse(columns)).toEqual(TABLE.columns.map(({ name, about: words }) => [name, words]));
  });

  it('a file whose pages failed cannot be opened', async () => {
    const parts: Uint8Array[] = [];
    await expect(async () => {
      for await (const part of parquetOf(TABLE, failingPages({ total_views: 1 }), ABOUT)) parts.push(part);
    }).rejects.toThrow('lost');
    await expect(query(Buffer.concat(parts), '*')).rejects.toThrow();
  });
});
