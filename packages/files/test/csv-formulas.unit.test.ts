import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsNamed } from '../src/columns.ts';
import { csvOf } from '../src/csv.ts';
import type { Cells } from '../src/table.ts';
import { withoutFormulas } from '../src/without-formulas.ts';

const TEXTS = ['course_id', 'id_number', 'course_name', 'course_shortname'] as const;

const TABLE = {
  columns: columnsNamed([
    ...['id', ...TEXTS],
    ...['num_teachers', 'avg_activity_per_student_per_day', 'extraction_date', 'category_path'],
  ]),
  cellsOf: (row: Cells) => row,
};

/** The CSV of the rows, in two pages. */
async function written(rows: Cells[]): Promise<string> {
  const half = Math.ceil(rows.length / 2);
  async function* pages() {
    yield rows.slice(0, half);
    yield rows.slice(half);
  }
  return (await Array.fromAsync(csvOf(TABLE, pages()))).join('');
}

const row = (texts: string[]) => ({
  id: 1,
  ...Object.fromEntries(TEXTS.map((name, index) => [name, texts[index] ?? ''])),
  num_teachers: 1,
  avg_activity_per_student_per_day: 0.5,
  extraction_date: '2024-01-15',
  category_path: '/2/7',
});

const SEPARATORS = [',', ';', '\t'];

/** The records of a CSV text, with quotes. An unclosed quote ends with the file. */
function recordsOf(text: string, delimiter: string): string[][] {
  const options = { delimiter, relax_quotes: true, relax_column_count: true } as const;
  try {
    return parse(text, options);
  } catch (error) {
    expect(error).toMatchObject({ code: 'CSV_QUOTE_NOT_CLOSED' });
    return parse(`${text}"`, options);
  }
}

/** Every cell that a spreadsheet may make of the text, for each separator, with and without quotes. */
function cellsOf(text: string): string[] {
  const body = text.replace(/^\ufeff/, '');
  const lines = body.split(/\r\n|[\r\n\u0085\u2028\u2029]/);
  return SEPARATORS.flatMap((delimiter) => [
    ...body.split(delimiter),
    ...lines.flatMap((line) => line.split(delimiter)),
    ...recordsOf(body, delimiter).flat(),
  ]);
}

/** A spreadsheet calculates the cell if it ignores blanks, invisible characters and quotes. */
const isFormula = (cell: string) =>
  /^[\s\p{Z}\p{C}\p{Default_Ignorable_Code_Point}\u2800"]*[=+\-@＝＋－＠﹢﹣﹦﹫]/u.test(cell);

const pieces = [
  ...['=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦'],
  ...[',', ';', '\t', '\r', '\n', '\r\n', '\u0085', '\u2028'],
  ...[
    ' ',
    '\u00a0',
    '\u200b',
    '\u200d',
    '\ufeff',
    '\u3000',
    '\u3164',
    '\u00ad',
    '\u202e',
    '\u2800',
    '\0',
    '\v',
  ],
  ...['"', '""', "'", "''", '|', 'a', '1', '漢', '😀', "=cmd|' /C calc'!A0"],
];
const text = fc
  .array(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...pieces) }, fc.string({ unit: 'binary' })), {
    maxLength: 12,
  })
  .map((parts) => parts.join(''));
const rows = fc.array(fc.tuple(text, text, text, text).map(row), { minLength: 1, maxLength: 3 });

describe('CSV exports', () => {
  it.each([
    ["Algebra;=cmd|' /C calc'!A0", "Algebra;'=cmd|' /C calc'!A0"],
    ['Algebra\t=1', "Algebra\t'=1"],
    ['Algebra\n=1', "Algebra\n'=1"],
    ['Algebra\r\n=1', "Algebra\r\n'=1"],
    ['Algebra,@SUM(A1)', "Algebra,'@SUM(A1)"],
    ['Algebra;"=1"', `Algebra;'"=1"`],
    ['Algebra; \u200b=1;x', "Algebra;' \u200b=1;x"],
    ['=1;=2;=3', "'=1;'=2;'=3"],
    ['\u200b=1', "'\u200b=1"],
    ['\ufeff+1', "'\ufeff+1"],
    ['\u00a0-1', "'\u00a0-1"],
    ['\u3000＝1', "'\u3000＝1"],
    ['\t\t=1', "\t\t'=1"],
    // A text that begins with an apostrophe gets another one, so that removing one restores it.
    ["'=1", "''=1"],
    // A spreadsheet calculates none of these.
    ['Algebra - 1', 'Algebra - 1'],
    ['C++; C#', 'C++; C#'],
    ['a=b@c', 'a=b@c'],
    ["O'Brien; 'x'", "O'Brien; 'x'"],
    ['', ''],
  ])('a CSV export writes %j as %j', (name, safe) => {
    expect(withoutFormulas(name)).toBe(safe);
  });

  it('a CSV export has no cell that is a formula, for every separator of a spreadsheet', async () => {
    let formulas = 0;
    await fc.assert(
      fc.asyncProperty(rows, async (some) => {
        formulas += some
          .flatMap((one) => TEXTS.map((name) => String(one[name as never])))
          .filter(isFormula).length;
        expect(cellsOf(await written(some)).filter(isFormula)).toEqual([]);
      }),
      { numRuns: 200 },
    );
    expect(formulas).toBeGreaterThan(100);
  });

  it('differs from the texts only by the documented apostrophes', async () => {
    const added =
      /(^|[,;\t\r\n\u0085\u2028\u2029])'(?=(?:(?![\t\r\n\u0085\u2028\u2029])[\p{Z}\p{C}\p{DI}\u2800"'])*[=+\-@＝＋－＠﹢﹣﹦﹫])/gu;
    await fc.assert(
      fc.asyncProperty(rows, async (some) => {
        const records: Record<string, string>[] = parse(await written(some), {
          columns: true,
          bom: true,
        });
        const given = records.map((record) => TEXTS.map((name) => record[name]?.replace(added, '$1')));
        expect(given).toEqual(some.map((one) => TEXTS.map((name) => one[name as never])));
      }),
      { numRuns: 200 },
    );
  });
});
