/**
 * Characters that cannot be seen: controls, and marks that change how others are shown. Each is written as its code.
 * A clipboard changes line ends, and marks of direction can make a program look like another one.
 */
const UNSEEN = String.raw`\p{Cc}\p{Cf}\p{Zl}\p{Zp}`;

const PYTHON = new RegExp(String.raw`[\\"${UNSEEN}]`, 'gu');
const PHP = new RegExp(String.raw`[\\"$${UNSEEN}]`, 'gu');
/** R reads its programs in the machine's encoding, so that only ASCII means the same everywhere. */
const R = /[\\"]|[^ -~]/gu;
const M = new RegExp(String.raw`"|#\(|[${UNSEEN}]`, 'gu');

/** A text in Python. */
export const inPython = (text: string) =>
  `"${escaped(text, PYTHON, (code) => (code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`))}"`;

/** A text in PHP. */
export const inPhp = (text: string) => `"${escaped(text, PHP, (code) => `\\u{${code}}`)}"`;

/** A text in R, which has no texts with a NUL. No name has one: another unknown character is not found either. */
export const inR = (text: string) =>
  `"${escaped(text.replaceAll('\0', '\uFFFD'), R, (code) => `\\U{${code}}`)}"`;

/** A text in a POSIX shell. */
export const inShell = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** A text in M, the language of Power Query. */
export function inM(text: string): string {
  const inner = text.toWellFormed().replace(M, (found) => {
    if (found === '"') return '""';
    if (found === '#(') return '#(#)(';
    const code = codeOf(found);
    return `#(${code.padStart(code.length > 4 ? 8 : 4, '0')})`;
  });
  return `"${inner}"`;
}

/** `special` finds characters. A visible one of ASCII gets a backslash, any other is written as its code. */
function escaped(text: string, special: RegExp, byCode: (code: string) => string): string {
  return text
    .toWellFormed()
    .replace(special, (found) => (/[ -~]/.test(found) ? `\\${found}` : byCode(codeOf(found))));
}

/** The code point as hexadecimal digits. */
const codeOf = (character: string) => (character.codePointAt(0) ?? 0).toString(16);
