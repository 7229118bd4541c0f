import { expect, it } from 'vitest';
import { dueDates } from '../src/checks/late-dates.ts';

const CONFIG = { ETL_TIMEZONE: 'Asia/Jakarta', ETL_CATCH_UP_DAYS: 3 };
/** The evening of the 14th in UTC is the 15th in Jakarta. */
const CREATED_AT = new Date('2024-01-14T20:00:00Z');

it('a date is due when the day after it has ended in the time zone of the institution', () => {
  expect(dueDates(CREATED_AT, CONFIG, new Date('2024-01-16T16:59:59Z'))).toEqual([]);
  expect(dueDates(CREATED_AT, CONFIG, new Date('2024-01-16T17:00:00Z'))).toEqual(['2024-01-15']);
});

it('as many dates are due as missed dates are caught up', () => {
  const now = new Date('2024-02-01T00:00:00Z');
  expect(dueDates(CREATED_AT, CONFIG, now)).toEqual(['2024-01-28', '2024-01-29', '2024-01-30']);
});

it('the newest date is due even if no dates are caught up', () => {
  const config = { ...CONFIG, ETL_CATCH_UP_DAYS: 0 };
  expect(dueDates(CREATED_AT, config, new Date('2024-02-01T00:00:00Z'))).toEqual(['2024-01-30']);
});

it('no date is due before the tables exist', () => {
  expect(dueDates(undefined, CONFIG, new Date('2024-02-01T00:00:00Z'))).toEqual([]);
});
