import { CronExpressionParser } from 'cron-parser';
import { Cron } from 'croner';

/**
 * Whether a text is a cron pattern: minute, hour, day of the month, month, day of the week, and optionally seconds
 * before them.
 */
export function isCronPattern(text: string): boolean {
  const fields = text.trim().split(/\s+/).length;
  // The parser completes missing fields: such a schedule would run at times that the operator did not ask for.
  if (fields < 5 || fields > 6) return false;
  try {
    // BullMQ reads the pattern with this parser.
    CronExpressionParser.parse(text);
    // Some patterns have no tick at all, such as the 30th of February. Only the search for their first tick tells.
    return new Cron(text, { paused: true }).nextRun() !== null;
  } catch {
    return false;
  }
}
