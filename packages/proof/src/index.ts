export * from './compare.ts';
export type { OnPage } from './moodle-day.ts';
export * from './prove.ts';
export * from './recount.ts';
export { randomDate } from './stored-date.ts';
