export * from './batch.ts';
export * from './batches.ts';
export { type CountsInHand, countsInHand } from './counts-in-hand.ts';
