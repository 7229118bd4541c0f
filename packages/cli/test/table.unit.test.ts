import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, it } from 'vitest';
import { type Column, table } from '../src/table.ts';

const RED = '\u001b[31m';
const PLAIN = '\u001b[39m';

const COLUMNS: Column[] = [
  { heading: 'id', align: 'right', leaveOut: 1 },
  { heading: 'status', colour: (text) => `${RED}${text}${PLAIN}` },
  { heading: 'rows', align: 'right', leaveOut: 2 },
  { heading: 'course', least: 10 },
  { heading: 'error', below: true },
];

const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '漢字漢字漢字漢字漢字漢字',
    '👩‍👩‍👧‍👦 family',
    '\u001b[2J\u001b]0;title\u0007',
    'a\r\nb',
    '\u202eevil',
    '\ud800',
    '',
  ),
);
const row = fc.tuple(
  fc.nat().map(String),
  fc.constantFrom('queued', 'failed'),
  fc.nat().map(String),
  text,
  text,
);
const rows = fc.array(row, { minLength: 1, maxLength: 5 });

it('each line of a table fits the terminal, and no text of a name commands the terminal', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 5, max: 200 }), (some, width) => {
      for (const line of table(COLUMNS, some, width).split(/\r\n|[\n\r\u0085\u2028\u2029]/)) {
        expect(stringWidth(line)).toBeLessThanOrEqual(width);
        const uncoloured = line.replaceAll(RED, '').replaceAll(PLAIN, '');
        expect(stripVTControlCharacters(uncoloured)).toBe(uncoloured);
        expect(uncoloured).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
      }
    }),
    { numRuns: 500 },
  );
});

it('in a pipe a table has a line for each row, and whole texts', () => {
  const word = fc.string({ unit: 'grapheme-ascii', minLength: 1 }).filter((one) => !/\s/.test(one));
  const words = fc.tuple(word, word, word, word, word);
  fc.assert(
    fc.property(fc.array(words), (some) => {
      const plain = COLUMNS.map(({ colour: _, ...column }) => column);
      const lines = table(plain, some, Number.POSITIVE_INFINITY).split('\n');
      expect(lines.map((line) => line.trimStart().split(/ +/))).toEqual([
        COLUMNS.map(({ heading }) => heading),
        ...some,
      ]);
    }),
  );
});

const LONG = ['7', 'failed', '1500', 'Introduction to Programming', 'Lost connection to MySQL server'];

it.each([
  [
    Number.POSITIVE_INFINITY,
    [
      'id  status  rows  course                       error',
      ' 7  failed  1500  Introduction to Programming  Lost connection to MySQL server',
    ],
  ],
  // A name is cut before a column is moved or left out.
  [
    67,
    [
      'id  status  rows  course            error',
      ' 7  failed  1500  Introduction to…  Lost connection to MySQL server',
    ],
  ],
  [
    40,
    [
      'id  status  rows  course',
      ' 7  failed  1500  Introduction to Progr…',
      '    Lost connection to MySQL server',
    ],
  ],
  [
    24,
    [
      'id  status  course',
      ' 7  failed  Introductio…',
      '    Lost connection to',
      '    MySQL server',
      '(Too narrow for: rows)',
    ],
  ],
  [
    20,
    [
      'status  course',
      'failed  Introductio…',
      '    Lost connection',
      '    to MySQL server',
      '(Too narrow for: id,',
      'rows)',
    ],
  ],
])('on %d columns a table cuts names, moves errors below and leaves lesser columns out', (width, lines) => {
  const plain = COLUMNS.map(({ colour: _, ...column }) => column);
  expect(table(plain, [LONG], width).split('\n')).toEqual(lines);
});
