import { EtlError } from '@etl/core';
import { z } from 'zod';

/** What was sent, as the schema understands it. Throws INVALID_REQUEST that says what is wrong, by field. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const found = new Map<string, string>();
  const add = (field: string, fault: string) => found.has(field) || found.set(field, fault);
  for (const issue of parsed.error.issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) add(key, 'is not known here');
    } else {
      add(issue.path.join('.') || 'body', issue.message);
    }
  }
  const summary = [...found].map(([field, fault]) => `${field}: ${fault}`);
  throw new EtlError('INVALID_REQUEST', summary.join('; '), { details: Object.fromEntries(found) });
}

/** A whole number in a query string. */
export function wholeNumber(least: number, most: number) {
  const allowed = `must be a whole number from ${least} to ${most}`;
  return z
    .string(allowed)
    .regex(/^\d{1,15}$/, allowed)
    .transform(Number)
    .refine((number) => number >= least && number <= most, allowed)
    .meta({
      override: ({ jsonSchema }) => {
        Object.assign(jsonSchema, { type: 'integer', minimum: least, maximum: most });
        delete jsonSchema.pattern;
      },
    });
}

/** A date as text. Whether it is one, `parseDate` says. */
export const dateText = z
  .string('must be a text in the form YYYY-MM-DD')
  .meta({ description: 'In the form YYYY-MM-DD', example: '2024-01-15' });

/** Rows that are left out at the beginning. */
export const offset = wholeNumber(0, Number.MAX_SAFE_INTEGER).default(0);
