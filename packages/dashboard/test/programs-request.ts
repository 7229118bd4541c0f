import fc from 'fast-check';
import { type FileRequest, rowsRequestOf, TAKEN } from '../src/views/share/file-request.ts';
import { PROGRAMS, type Program } from '../src/views/share/programs/programs.ts';

export const ALL_PROGRAMS = Object.keys(PROGRAMS) as Program[];

/** A search text with what ends a text, begins a code or names a variable in one of the languages. */
export const HOSTILE = `a'"\`$(x)\${y} \\n %s%_ #(lf) {z} 🎓\u200d\u202e é\n\r\t?>;--`;

export const RANGE = { from: '2024-01-08', to: '2024-01-15' };

/** What Share asks for, of each kind, and the courses that such a text finds. */
export const REQUESTS: FileRequest[] = [
  ...TAKEN.map((of) => ({
    of,
    ...RANGE,
    category: of === 'rows' ? undefined : 'FTI',
    listing: { filter: 'all', sort: 'name', order: 'asc' } as const,
  })),
  {
    of: 'listed',
    ...RANGE,
    listing: { q: HOSTILE, filter: 'all', sort: 'change', order: 'desc', compare: 'previous' },
  },
];

export function programOf(program: Program, request: FileRequest, origin: string): string {
  return PROGRAMS[program].write(rowsRequestOf(request, origin));
}

/** What ends a text, begins an escape or names a variable in one of the languages. */
const MARKS = [
  ...HOSTILE,
  '#(',
  '#(lf)',
  '#(#)',
  "'\\''",
  '""',
  '\\n',
  '\\u',
  '\\x',
  '${',
  '{$',
  '$(',
  '\\\n',
  '<?',
  '?>',
];

/** Any text: half of its parts have a meaning in one of the languages. */
export const anyText = fc
  .array(fc.oneof(fc.constantFrom(...MARKS), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })), {
    maxLength: 30,
    size: 'max',
  })
  .map((parts) => parts.join(''));
