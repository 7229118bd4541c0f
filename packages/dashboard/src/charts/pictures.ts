/** All pictures: one file that a page loads when it first draws one. */
export { drawChanges } from './bars/picture.ts';
export { drawDots } from './dots/picture.ts';
export { drawBatches } from './gantt/picture.ts';
export { drawLedger } from './ledger/picture.ts';
export { drawLine } from './line/picture.ts';
export { drawKinds } from './multiples/picture.ts';
export { drawSteps } from './steps/picture.ts';
export { drawWeeks } from './weeks/picture.ts';
