import fc from 'fast-check';
import { readXlsx } from 'hucre/xlsx';
import { describe, expect, it } from 'vitest';
import { lettersOf } from '../src/xlsx/cells.ts';
import { STYLES_XML } from '../src/xlsx/styles.ts';
import { xlsxOf } from '../src/xlsx/xlsx.ts';
import { bytesOf, failingPages, inPages, nastyRows, TABLE } from './nasty-rows.ts';

const NAMES = TABLE.columns.map(({ name }) => name);

const ABOUT = [['Dates', '2024-01-01 to 2024-01-15']] as const;

const ROW = { moodle_course_id: 2, course_name: '=1+1', extraction_date: '2024-01-15', total_views: 3 };

/** The sheets of a file, read by a program that did not write it. */
async function sheetsOf(bytes: Buffer) {
  const { sheets } = await readXlsx(bytes);
  return sheets.map(({ name, rows }) => ({ name, rows }));
}

/** A value as the reader of the file has it. */
function asRead(value: unknown): unknown {
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value)) return new Date(`${value}T00:00:00Z`);
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(value))
    return new Date(`${value.replace(' ', 'T')}Z`);
  return value;
}

describe('XLSX', () => {
  it('every row of a file is read back with its types, texts whole and null as an empty cell', async () => {
    await fc.assert(
      fc.asyncProperty(nastyRows, async (rows) => {
        const [figures] = await sheetsOf(await bytesOf(xlsxOf(TABLE, inPages(rows), ABOUT)));
        const [header, ...read] = figures?.rows ?? [];
        expect(header).toEqual(NAMES);
        const cells = rows.map((row) =>
          NAMES.map((name) => {
            const value = (row as Record<string, unknown>)[name];
            return name.endsWith('_name') ? value : asRead(value);
          }),
        );
        // The reader omits empty cells at the end of a row, and empty rows at the end of a sheet.
        const padded = cells.map((_, at) => NAMES.map((_, column) => read[at]?.[column] ?? null));
        expect(padded).toEqual(cells);
      }),
      { numRuns: 100 },
    );
  });

  it('a workbook names its default style, which openpyxl warns about', () => {
    expect(STYLES_XML).toMatch(/<\/cellXfs>\s*<cellStyles count="1"><cellStyle name="Normal"/);
  });

  it('a text that begins with an equals sign is a text cell and stays as it is', async () => {
    const { sheets } = await readXlsx(await bytesOf(xlsxOf(TABLE, inPages([ROW]), ABOUT)));
    expect(sheets[0]?.rows[1]?.[1]).toBe('=1+1');
    expect([...(sheets[0]?.cells?.values() ?? [])].filter(({ formula }) => formula)).toEqual([]);
  });

  it('rows beyond the most of a sheet go on in further sheets, each with the header', async () => {
    const rows = Array.from({ length: 25 }, (_, id) => ({ ...ROW, moodle_course_id: id }));
    const sheets = await sheetsOf(
      await bytesOf(xlsxOf(TABLE, inPages(rows, 7), ABOUT, { rowsPerSheet: 11 })),
    );
    expect(sheets.map(({ name }) => name)).toEqual(['Figures', 'Figures 2', 'Figures 3', 'About']);
    expect(sheets.map(({ rows: own }) => own.length)).toEqual([11, 11, 6, expect.any(Number)]);
    const ids = sheets.slice(0, 3).flatMap(({ rows: [header, ...own] }) => {
      expect(header).toEqual(NAMES);
      return own.map(([id]) => id);
    });
    expect(ids).toEqual(rows.map(({ moodle_course_id }) => moodle_course_id));
    const exact = await sheetsOf(
      await bytesOf(xlsxOf(TABLE, inPages(rows.slice(0, 10)), ABOUT, { rowsPerSheet: 11 })),
    );
    expect(exact.map(({ name }) => name)).toEqual(['Figures', 'About']);
  });

  it('the sheet About has the facts and the definition of each column', async () => {
    const sheets = await sheetsOf(await bytesOf(xlsxOf(TABLE, inPages([]), ABOUT)));
    expect(sheets[0]?.rows).toEqual([NAMES]);
    expect(sheets[1]?.rows[0]).toEqual(ABOUT[0]);
    const definitions = TABLE.columns.map(({ name, about }) => [name, about]);
    expect(sheets[1]?.rows.slice(-definitions.length)).toEqual(definitions);
  });

  it('a file whose pages failed cannot be opened', async () => {
    const parts: Uint8Array[] = [];
    await expect(async () => {
      for await (const part of xlsxOf(TABLE, failingPages(ROW), ABOUT)) parts.push(part);
    }).rejects.toThrow('lost');
    await expect(readXlsx(Buffer.concat(parts))).rejects.toThrow();
  });

  it('a reader that stops ends the pages', async () => {
    let ended = false;
    async function* pages() {
      try {
        for (;;) yield Array.from({ length: 1000 }, () => ROW);
      } finally {
        ended = true;
      }
    }
    for await (const _ of xlsxOf(TABLE, pages(), ABOUT)) break;
    expect(ended).toBe(true);
  });

  it.each([
    [0, 'A'],
    [25, 'Z'],
    [26, 'AA'],
    [701, 'ZZ'],
    [702, 'AAA'],
  ])('the letters of column %i are %s', (index, letters) => {
    expect(lettersOf(index)).toBe(letters);
  });
});
