export * from './batch.ts';
export * from './batches.ts';
export { averageActivity } from './merge-course.ts';
