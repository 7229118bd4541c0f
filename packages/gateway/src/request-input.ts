import { EtlError, isDate, nearestName, notADate } from '@etl/core';
import type { ZodFastifySchemaValidationError } from 'fastify-type-provider-zod';
import { z } from 'zod';

/** INVALID_REQUEST with the first error of each field. `known`: the fields that there are, to name the nearest one. */
export function invalidRequest(
  faults: readonly ZodFastifySchemaValidationError[],
  known: readonly string[],
): EtlError {
  const found = new Map<string, string>();
  const add = (field: string, fault: string) => found.has(field) || found.set(field, fault);
  for (const { keyword, instancePath, params, message } of faults) {
    if (keyword === 'unrecognized_keys') {
      for (const key of params.keys as string[]) add(key, `is not known here${suggestion(key, known)}`);
    } else {
      add(instancePath.slice(1).replaceAll('/', '.') || 'body', message ?? 'is wrong');
    }
  }
  const summary = [...found].map(([field, fault]) => `${field}: ${fault}`);
  return new EtlError('INVALID_REQUEST', summary.join('; '), { details: Object.fromEntries(found) });
}

/** The end of a sentence about an unknown name. */
function suggestion(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? '' : `. Did you mean ${nearest}?`;
}

/** A whole number in a query string. */
export function wholeNumber(least: number, most: number) {
  const allowed = `must be a whole number from ${least} to ${most}`;
  return z
    .string(allowed)
    .regex(/^\d{1,15}$/, allowed)
    .transform(Number)
    .refine((number) => number >= least && number <= most, allowed)
    .meta({ type: 'integer', minimum: least, maximum: most, pattern: undefined });
}

/** A real date. */
export const dateText = z
  .string('must be a text in the form YYYY-MM-DD')
  .refine(isDate, { error: ({ input }) => notADate(String(input)) })
  .meta({ description: 'In the form YYYY-MM-DD', example: '2024-01-15' });

/** Moodle's id of a course, as text. */
export const courseIdText = z
  .string()
  .regex(/^[1-9]\d{0,17}$/, 'must be the id of a course in Moodle: a whole number')
  .meta({ description: "Moodle's id of a course", example: '42' });

/** The number of rows to skip. */
export const offset = wholeNumber(0, Number.MAX_SAFE_INTEGER)
  .default(0)
  .meta({ description: 'Rows to skip' });

/** A category by its id or idnumber. The report that looks for it rejects what the caller cannot see. */
export const categoryText = z
  .string('must be the id or idnumber of a category')
  .meta({ description: 'The id or idnumber of a category: only its subtree is read', example: 'FTI' });

/** One of a few names. The error names the nearest one, if there is one. */
export function oneOf<const Names extends readonly [string, ...string[]]>(names: Names) {
  const allowed = `must be one of ${names.join(', ')}`;
  return z.enum(names, {
    error: ({ input }) => allowed + (typeof input === 'string' ? suggestion(input, names) : ''),
  });
}

/** The body of a call that takes no input. */
export const NoBody = z.strictObject({}, 'must be an empty JSON object').meta({ examples: [{}] });
