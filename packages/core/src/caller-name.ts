/** Letters and marks of the scripts whose spelling needs invisible joiners between letters. */
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

/** Control characters, bidirectional overrides, lone surrogates, and characters without a visible form. */
const INVISIBLE = '\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}\\u2800';

const CALLER_NAME = new RegExp(
  `^(?!\\p{Zs})(?=.*[\\p{L}\\p{N}])(?:[^${INVISIBLE}]|(?<=${JOINING})[\\u200c\\u200d]){1,200}(?<!\\p{Zs})$`,
  'v',
);

/**
 * Whether a text can name a caller in logs and tables. It has a letter or a digit, 200 characters at most, and no
 * blank at either end. Invisible characters are rejected, because two names could look the same. Joiners are allowed
 * after letters of Arabic and Indic scripts.
 */
export function isCallerName(text: string): boolean {
  return CALLER_NAME.test(text);
}
