import cliTruncate from 'cli-truncate';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import { fitted, type Widths } from './fitted-columns.ts';

/** A column of a table, and what becomes of it if the terminal is narrow. */
export interface Column {
  heading: string;
  /** Numbers stand at the right. */
  align?: 'right';
  colour?: (text: string) => string;
  /** Its texts may be cut to this width. Other texts are never cut. */
  least?: number;
  /** The columns with the greatest number are left out first. A column without a number stays. */
  leaveOut?: number;
  /** Its texts move below their rows. */
  below?: boolean;
}

const GAP = '  ';
const INDENT = '    ';

/** Some terminals do not say how wide they are. */
const USUAL_WIDTH = 80;

/** The columns of the terminal. A pipe takes lines of any length. */
export function terminalWidth(): number {
  return process.stdout.isTTY ? process.stdout.columns || USUAL_WIDTH : Number.POSITIVE_INFINITY;
}

/**
 * A table for people and for `awk`: each column is as wide as its widest value, no value is empty, and only values of
 * the last column contain blanks. Each line fits the width: long texts are cut, and the lesser columns left out.
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number = terminalWidth(),
): string {
  const cells = rows.map((row) => columns.map((_, index) => plain(row[index] ?? '') || '-'));
  const natural = columns.map(({ heading }, index) =>
    Math.max(...[heading, ...cells.map((row) => row[index] ?? '')].map((text) => stringWidth(text))),
  );
  const { widths, leftOut } = fitted(columns, natural, GAP.length, width);
  const headings = columns.map(({ heading }) => heading);
  const lines = [lineOf(columns, headings, widths, width, false)];
  for (const row of cells) {
    lines.push(lineOf(columns, row, widths, width, true), ...textsBelow(columns, row, widths, width));
  }
  if (leftOut.length > 0) {
    lines.push(wrapAnsi(`(Too narrow for: ${leftOut.join(', ')})`, Math.max(width, 1), { hard: true }));
  }
  return lines.join('\n');
}

/** The text without characters that would break a row or command the terminal. */
export function plain(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/\p{Bidi_Control}/gu, '')
    .trim();
}

function lineOf(
  columns: readonly Column[],
  texts: readonly string[],
  widths: Widths,
  width: number,
  isColoured: boolean,
): string {
  const shown = columns.flatMap(({ align, colour }, index) => {
    const own = widths[index];
    if (own === undefined) return [];
    const text = cut(texts[index] ?? '', own);
    const padding = ' '.repeat(own - stringWidth(text));
    const coloured = isColoured && colour ? colour(text) : text;
    return [align === 'right' ? padding + coloured : coloured + padding];
  });
  return cut(shown.join(GAP).trimEnd(), width);
}

/** The texts of the columns that moved below the rows. */
function textsBelow(
  columns: readonly Column[],
  texts: readonly string[],
  widths: Widths,
  width: number,
): string[] {
  return columns.flatMap(({ below }, index) => {
    const text = texts[index] ?? '-';
    if (!below || widths[index] !== undefined || text === '-') return [];
    const lines = wrapAnsi(text, Math.max(width - INDENT.length, 1), { hard: true });
    return lines.split('\n').map((line) => cut(INDENT + line, width));
  });
}

function cut(text: string, width: number): string {
  return stringWidth(text) <= width ? text : cliTruncate(text, width);
}
