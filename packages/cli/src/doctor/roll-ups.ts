import { checkRollUps, type Warehouse } from '@etl/warehouse';
import { type Finding, ok, wrong } from './finding.ts';

/** Parts that are compared beside the newest of each length: another sample each time, in some seconds at most. */
const RANDOM_PARTS = 10;

/** Compares stored sums with the sums of the daily rows. */
export async function examineRollUps(warehouse: Warehouse, smallBelow: number): Promise<Finding> {
  const { fresh, compared, due, differing } = await checkRollUps(warehouse, {
    more: RANDOM_PARTS,
    smallBelow,
  });
  const [first] = differing;
  if (first) {
    const dates = differing.map(({ from, to }) => `${from} to ${to}`).join(', ');
    return wrong('fault', 'roll-ups', `${differing.length} of ${compared} differ: ${dates}`, {
      means: 'Sums of ranges with these dates are wrong. The daily rows are not affected.',
      mend: 'DELETE FROM rollup_parts, then pnpm migrate, which builds all roll-ups again. Please report it.',
    });
  }
  if (due > fresh) {
    return wrong('note', 'roll-ups', `${due} of ${due + fresh} parts are missing or stale`, {
      means: 'Sums of long ranges are right, but slow: they are read from daily rows.',
      mend: 'pnpm migrate, or wait: a running worker builds them.',
    });
  }
  return ok('roll-ups', `${compared} of ${fresh} parts compared with daily rows: all equal`);
}
