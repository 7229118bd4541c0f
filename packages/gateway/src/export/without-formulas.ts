/**
 * A spreadsheet calculates a cell that begins with one of these. The small and the full-width forms are among them, because some
 * spreadsheets fold them into the plain ones.
 */
const FORMULA = '=+\\-@\\ufe62\\ufe63\\ufe66\\ufe6b\\uff1d\\uff0b\\uff0d\\uff20';

/** A spreadsheet may cut a field here: at the list separator of its region, at a tab, or at a line break. */
const SEPARATOR = ',;\\t\\r\\n\\u0085\\u2028\\u2029';

/** What may stand before the formula in its cell: blanks, invisible characters and quotes. */
const IGNORED = `[[\\p{Z}\\p{C}\\p{Default_Ignorable_Code_Point}\\u2800"']--[${SEPARATOR}]]`;

/** Most texts have none of these characters: for them this one test is all that is done. */
const SUSPICIOUS = new RegExp(`[${FORMULA}]`, 'v');

/** The beginning of each cell that a spreadsheet would take for a formula. */
const BEGINNING = new RegExp(`(^|[${SEPARATOR}])(?=${IGNORED}*[${FORMULA}])`, 'gv');

/**
 * The text with an apostrophe before each formula, so that no spreadsheet calculates it: at its beginning, and after each separator
 * at which a spreadsheet of another region may cut it. To undo it, take one apostrophe away at each of these places.
 */
export function withoutFormulas(text: string): string {
  return SUSPICIOUS.test(text) ? text.replace(BEGINNING, "$1'") : text;
}
