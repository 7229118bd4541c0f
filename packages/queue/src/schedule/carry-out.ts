import { type Config, type Day, EtlError } from '@etl/core';
import { retryRun } from '../runs/retry-run.ts';
import type { RunControl } from '../runs/run-control.ts';
import { startRun } from '../runs/start-run.ts';
import type { Decision } from './decision.ts';

/** What reconciling dates needs. */
export interface CalendarControl extends RunControl {
  config: RunControl['config'] & Pick<Config, 'ETL_SCHEDULE' | 'ETL_CATCH_UP_DAYS'>;
  /** Counts the rows that the source's log has of a day now. */
  countLogRows(day: Day): Promise<number>;
}

const REQUESTED_BY = 'schedule';

/** Does what was decided about a date. Logs a run that is refused. `oldest`: the oldest date that is caught up. */
export async function carryOut(
  control: CalendarControl,
  date: string,
  decision: Decision,
  oldest: string,
): Promise<void> {
  const { log } = control;
  try {
    switch (decision.kind) {
      case 'leave':
        log[decision.why === 'completed' ? 'debug' : 'info']({ date, why: decision.why }, 'date left alone');
        break;
      case 'retry':
        await retryRun(control, { runId: decision.runId, requestedBy: REQUESTED_BY });
        break;
      case 'start':
        await start(control, date, decision.trigger, oldest);
    }
  } catch (error) {
    if (!(error instanceof EtlError)) throw error;
    log.warn({ date, code: error.code, why: error.message }, 'date not run');
  }
}

async function start(
  control: CalendarControl,
  date: string,
  trigger: 'schedule' | 'catch_up',
  oldest: string,
): Promise<void> {
  const { log } = control;
  try {
    await startRun(control, { kind: 'pipeline', date, trigger, requestedBy: REQUESTED_BY });
  } catch (error) {
    if (!(error instanceof EtlError) || error.code !== 'ETL_WINDOW_EXPIRED') throw error;
    if (date < oldest) {
      log.warn({ date }, 'date was missed and is too old to be caught up, run a backfill');
      return;
    }
    log.info({ date }, 'window of the date has closed, catching up');
    await start(control, date, 'catch_up', oldest);
  }
}
