import { checkRollUps, type RollUpCheck, type Warehouse } from '@etl/warehouse';
import { type Finding, ok, wrong } from './finding.ts';

/** Parts that are compared beside the newest of each length: another sample each time, in some seconds at most. */
const RANDOM_PARTS = 10;

/**
 * Compares stored sums with the sums of the daily rows, and for which small groups they are made. `smallBelow`:
 * undefined if the setting is wrong.
 */
export async function examineRollUps(
  warehouse: Warehouse,
  smallBelow: number | undefined,
): Promise<Finding[]> {
  const check = await checkRollUps(warehouse, { more: RANDOM_PARTS, smallBelow: smallBelow ?? 0 });
  return [sums(check), ...(smallBelow === undefined ? [] : [smallGroups(check, smallBelow)])];
}

function sums({ fresh, compared, due, differing }: RollUpCheck): Finding {
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

/** Whether the worker of the newest merge withholds the same small groups as this process. */
function smallGroups({ newestSmallBelow = 0 }: RollUpCheck, smallBelow: number): Finding {
  // Then any roll-ups will do.
  if (smallBelow === 0) return ok('small groups', 'none are withheld');
  if (newestSmallBelow === smallBelow) return ok('small groups', `below ${smallBelow} students`);
  return wrong(
    'warning',
    'small groups',
    `ETL_SUPPRESS_BELOW is ${smallBelow} here, and ${newestSmallBelow} where the newest date was merged`,
    {
      means:
        'A worker has another value, or has merged nothing since it changed. Viewers see what the value of their gateway allows. Their sums of long ranges are right, but slow.',
      mend: 'Set the same ETL_SUPPRESS_BELOW for every gateway and worker, and restart them. Workers then build the roll-ups again within minutes, or pnpm migrate does.',
    },
  );
}
