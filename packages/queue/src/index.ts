export * from './batch-worker.ts';
export * from './queues.ts';
export * from './redis.ts';
export type { BatchHandler, PreparedBatch } from './run-batch.ts';
export * from './start-run.ts';
