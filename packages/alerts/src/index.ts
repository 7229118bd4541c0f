export { dueDates, lateDates } from './checks/late-dates.ts';
export * from './watch.ts';
