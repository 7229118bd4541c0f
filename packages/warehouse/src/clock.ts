import { sql } from 'kysely';
import type { Warehouse } from './warehouse.ts';

/**
 * How far the clock of a process may differ from the warehouse's. Servers with NTP differ by milliseconds. A minute
 * tolerates a server that has just started, and is too short to move a tick into another day.
 */
export const CLOCK_TOLERANCE_SECONDS = 60;

/** The time by the warehouse's clock. It decides which dates are due, since the clocks of the processes differ. */
export async function warehouseTime(warehouse: Warehouse): Promise<Date> {
  const { rows } = await sql<{ seconds: string }>`SELECT UNIX_TIMESTAMP(NOW(3)) AS seconds`.execute(
    warehouse,
  );
  return new Date(Math.round(Number(rows[0]?.seconds) * 1000));
}

/**
 * How many seconds the clock of this process is ahead of the warehouse's; negative if it is behind. Subtracts the
 * time that the query took, so that a slow answer does not look like a wrong clock.
 */
export async function secondsAhead(time: () => Promise<Date>): Promise<number> {
  const asked = Date.now();
  const theirs = (await time()).getTime();
  const answered = Date.now();
  if (theirs < asked) return (asked - theirs) / 1000;
  return theirs > answered ? (answered - theirs) / 1000 : 0;
}

/** What is wrong with the clock of this process, and what to do. Undefined if nothing is. */
export function clockFault(ahead: number): string | undefined {
  if (Math.abs(ahead) <= CLOCK_TOLERANCE_SECONDS) return undefined;
  const difference = `${Math.abs(Math.round(ahead))} s ${ahead > 0 ? 'ahead of' : 'behind'}`;
  return `The clock of this machine is ${difference} the warehouse's clock. Check NTP on both (timedatectl).`;
}
