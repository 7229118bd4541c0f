/**
 * A spreadsheet calculates a cell that begins with one of these characters. Some spreadsheets also accept their small
 * and full-width forms.
 */
const FORMULA = '=+\\-@\\ufe62\\ufe63\\ufe66\\ufe6b\\uff1d\\uff0b\\uff0d\\uff20';

/** A spreadsheet may split a field here: at the list separator of its region, at a tab, or at a line break. */
const SEPARATOR = ',;\\t\\r\\n\\u0085\\u2028\\u2029';

/** A spreadsheet ignores these before a formula: blanks, invisible characters and quotes. */
const IGNORED = `[[\\p{Z}\\p{C}\\p{Default_Ignorable_Code_Point}\\u2800"']--[${SEPARATOR}]]`;

/** Most texts have none of these characters, and need only this test. */
const SUSPICIOUS = new RegExp(`[${FORMULA}]`, 'v');

/** The beginning of each cell that a spreadsheet would calculate. */
const BEGINNING = new RegExp(`(^|[${SEPARATOR}])(?=${IGNORED}*[${FORMULA}])`, 'gv');

/**
 * The text with an apostrophe before each formula, so that no spreadsheet calculates it. A formula can stand at the
 * beginning of the text and after each separator. To undo the change, remove one apostrophe at each of these places.
 */
export function withoutFormulas(text: string): string {
  return SUSPICIOUS.test(text) ? text.replace(BEGINNING, "$1'") : text;
}
