import fc from 'fast-check';
import { columnsNamed } from '../src/columns.ts';
import type { Cells, Table } from '../src/table.ts';

/** A column of each kind. */
export const TABLE: Table<Cells> = {
  columns: columnsNamed([
    'moodle_course_id',
    'course_name',
    'category_name',
    'avg_activity_per_student_per_day',
    'extraction_date',
    'created_at',
    'total_views',
  ]),
  cellsOf: (row) => row,
};

const pieces = [
  ...[
    '=',
    '+',
    '-',
    '@',
    '＝',
    "'",
    '"',
    '<',
    '>',
    '&',
    '&amp;',
    '<![CDATA[',
    ']]>',
    '_x0041_',
    '_x005F_',
    '_',
  ],
  ...[
    '\0',
    '\u0001',
    '\b',
    '\t',
    '\n',
    '\v',
    '\r',
    '\r\n',
    '\u001f',
    '\u007f',
    '\u0085',
    '\u2028',
    '\ufeff',
    '\uffff',
  ],
  ...[' ', '  ', 'a', '漢', 'é', '😀', '👩‍🎓', '\u202e', "=cmd|' /C calc'!A0"],
];

const text = fc
  .array(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...pieces) }, fc.string({ unit: 'binary' })), {
    maxLength: 12,
  })
  .map((parts) => parts.join(''));

const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 6 });

/** Whole seconds from 1970 to 2099, as the API writes times. */
const time = fc
  .integer({ min: 0, max: 4_102_444_799 })
  .map((seconds) => new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' '));

/** Rows with every kind of value that the warehouse can hold. */
export const nastyRows = fc.array(
  fc.record({
    moodle_course_id: orNull(fc.oneof(fc.maxSafeNat(), fc.bigInt(2n ** 53n, 2n ** 63n - 1n).map(String))),
    course_name: orNull(text),
    category_name: orNull(text),
    avg_activity_per_student_per_day: orNull(
      fc.integer({ min: 0, max: 10 ** 9 }).map((cents) => cents / 100),
    ),
    extraction_date: orNull(time.map((at) => at.slice(0, 10))),
    created_at: orNull(time),
    total_views: orNull(fc.maxSafeNat()),
  }),
  { maxLength: 12 },
);

/** The rows in pages of a few. */
export async function* inPages(rows: readonly Cells[], size = 5): AsyncGenerator<readonly Cells[]> {
  for (let from = 0; from < rows.length; from += size) yield rows.slice(from, from + size);
}

/** All bytes of a file. */
export async function bytesOf(parts: AsyncIterable<string | Uint8Array>): Promise<Buffer> {
  return Buffer.concat((await Array.fromAsync(parts)).map((part) => Buffer.from(part)));
}

/** Pages that fail after the first one. */
export async function* failingPages(row: Cells): AsyncGenerator<readonly Cells[]> {
  yield Array.from({ length: 1000 }, () => row);
  throw new Error('lost');
}
