export * from './batch.ts';
export * from './batches.ts';
