/** Letters and marks of scripts whose spelling joins or parts letters by an invisible character. */
const JOINING = `[[\\p{L}\\p{M}]&&[${[
  'Arab',
  'Syrc',
  'Mong',
  'Deva',
  'Beng',
  'Guru',
  'Gujr',
  'Orya',
  'Taml',
  'Telu',
  'Knda',
  'Mlym',
  'Sinh',
]
  .map((script) => `\\p{Script_Extensions=${script}}`)
  .join('')}]]`;

/** Control characters, bidirectional overrides, lone surrogates, and all that leaves no trace where a name is shown. */
const INVISIBLE = '\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}\\u2800';

const CALLER_NAME = new RegExp(
  `^(?!\\p{Zs})(?=.*[\\p{L}\\p{N}])(?:[^${INVISIBLE}]|(?<=${JOINING})[\\u200c\\u200d]){1,200}(?<!\\p{Zs})$`,
  'v',
);

/**
 * Whether a log and a table can name a caller so: it has a letter or a digit, at most 200 characters, no blank at an end, and nothing
 * invisible by which two names would look the same. The exception are the joiners of Arabic and Indic scripts, after one of their letters.
 */
export function isCallerName(text: string): boolean {
  return CALLER_NAME.test(text);
}
