export { lateDates } from './looks/late-dates.ts';
export * from './watch.ts';
