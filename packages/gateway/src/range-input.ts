import { COMPARISONS, MOST_DATES } from '@etl/warehouse';
import { dateText, oneOf } from './request-input.ts';

/** The range of a call. `parseRange` checks it, and `datesToRead` completes it. */
export const rangeInput = {
  from: dateText
    .optional()
    .meta({ description: `Default: the first of 28 dates. At most ${MOST_DATES} dates to \`to\`` }),
  to: dateText.optional().meta({ description: 'Default: the newest final date' }),
};

export const compareInput = oneOf(COMPARISONS).optional().meta({
  description:
    '`previous`: the equally long range before. `year`: 364 days before. Without it nothing is compared.',
});
