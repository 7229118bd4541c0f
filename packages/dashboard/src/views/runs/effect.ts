import type { DayReport } from '../../api/types.ts';

/** What a new run does to the figures of a date. */
export type Effect = 'first' | 'replaced' | 'active' | 'purged' | 'future';

export function effectOf({ state, last_run }: Pick<DayReport, 'state' | 'last_run'>): Effect {
  if (state === 'future') return 'future';
  if (last_run?.status === 'queued' || last_run?.status === 'running') return 'active';
  if (state === 'purged') return 'purged';
  return state === 'missing' ? 'first' : 'replaced';
}
