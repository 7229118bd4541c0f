import { curlProgram } from './curl.ts';
import { phpProgram } from './php.ts';
import { powerQueryProgram } from './power-query.ts';
import { pythonProgram } from './python.ts';
import { rProgram } from './r.ts';
import type { RowsRequest } from './request.ts';

/** In which languages a request can be had, by their names in the address. `write` makes a whole program. */
export const PROGRAMS = {
  curl: { name: 'curl', write: curlProgram },
  python: { name: 'Python', write: pythonProgram },
  php: { name: 'PHP', write: phpProgram },
  r: { name: 'R', write: rProgram },
  'power-query': { name: 'Power Query (M)', write: powerQueryProgram },
} satisfies Record<string, { name: string; write: (request: RowsRequest) => string }>;

export type Program = keyof typeof PROGRAMS;
