export * from './batch.ts';
export * from './batches.ts';
export { type CountsCache, countsCache } from './counts-cache.ts';
