import type { Column, ColumnKind } from '../columns.ts';
import type { Cell, Cells } from '../table.ts';
import { STYLES } from './styles.ts';

const MS_PER_DAY = 86_400_000;

/** The number of 1970-01-01: spreadsheets count days from 1899-12-30. */
const DAY_OF_EPOCH = 25_569;

/** A cell of a row. `at` is its place, such as B7. */
type WriteCell = (at: string, value: string | number) => string;

const WRITE: Record<ColumnKind, WriteCell> = {
  text: (at, value) => textCell(at, String(value)),
  // A spreadsheet calculates with 53 bits: a longer id would become another id.
  whole: (at, value) =>
    typeof value === 'number' ? numberCell(at, value, STYLES.whole) : textCell(at, value),
  decimal: (at, value) => numberCell(at, Number(value), STYLES.decimal),
  date: (at, value) => numberCell(at, dayNumber(Date.parse(String(value))), STYLES.date),
  time: (at, value) => {
    const milliseconds = Date.parse(`${String(value).replace(' ', 'T')}Z`);
    return numberCell(at, dayNumber(milliseconds), STYLES.time);
  },
};

/** Makes the function that writes a row. Null has no cell. */
export function rowWriter(columns: readonly Column[]): (row: number, cells: Cells) => string {
  const writers = columns.map(({ name, kind }, index) => ({
    letters: lettersOf(index),
    name,
    write: WRITE[kind],
  }));
  return (row, cells) => {
    let text = `<row r="${row}">`;
    for (const { letters, name, write } of writers) {
      const value: Cell = cells[name] ?? null;
      if (value !== null) text += write(letters + row, value);
    }
    return `${text}</row>`;
  };
}

/** A row of texts. */
export function textRow(row: number, texts: readonly string[], style: number = STYLES.text): string {
  const cells = texts.map((text, index) => textCell(lettersOf(index) + row, text, style));
  return `<row r="${row}">${cells.join('')}</row>`;
}

/** A text, whatever its first letter: a cell of this type is never a formula. */
function textCell(at: string, text: string, style: number = STYLES.text): string {
  return `<c r="${at}" s="${style}" t="inlineStr"><is><t xml:space="preserve">${escaped(text)}</t></is></c>`;
}

function numberCell(at: string, value: number, style: number): string {
  return `<c r="${at}" s="${style}"><v>${value}</v></c>`;
}

function dayNumber(milliseconds: number): number {
  return milliseconds / MS_PER_DAY + DAY_OF_EPOCH;
}

/** The letters of a column: A to Z, then AA. */
export function lettersOf(index: number): string {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : lettersOf(Math.floor(index / 26) - 1) + last;
}

/** Characters that XML gives another meaning. */
const MARKUP: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/**
 * Characters that XML 1.0 refuses or changes (a carriage return becomes a line feed), and texts that look like an
 * escape already. OOXML writes the number of the character.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to escape.
const NUMBERED = /[\u0000-\u0008\u000b-\u001f\ufffe\uffff]|_(?=x[\da-f]{4}_)/gi;

// biome-ignore lint/suspicious/noControlCharactersInRegex: see above.
const ANY = /[&<>_\u0000-\u0008\u000b-\u001f\ufffe\uffff]/;

function escaped(text: string): string {
  if (!ANY.test(text)) return text;
  return text
    .replace(NUMBERED, (letter) => `_x${letter.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`)
    .replace(/[&<>]/g, (letter) => MARKUP[letter] ?? '');
}
