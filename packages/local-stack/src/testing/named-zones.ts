import type { Connection } from 'mysql2/promise';

/** No log has rows of earlier clock changes. */
const FROM = Temporal.Instant.from('2015-01-01T00:00:00Z');
const UNTIL = Temporal.Instant.from('2037-01-01T00:00:00Z');

/**
 * Fills a server's time zone tables: an empty MariaDB knows no zone by name. MariaDB's own tool for that is not among
 * the packages that the stack installs.
 */
export async function loadNamedZones(connection: Connection, zones: readonly string[]): Promise<void> {
  for (const [index, name] of zones.entries()) {
    const id = 1000 + index;
    const { changes, types } = describe(name);
    const insert = (table: string, columns: string, rows: unknown[][]) =>
      rows.length > 0 && connection.query(`REPLACE INTO mysql.${table} (${columns}) VALUES ?`, [rows]);
    await insert('time_zone', 'Time_zone_id, Use_leap_seconds', [[id, 'N']]);
    await insert('time_zone_name', 'Name, Time_zone_id', [[name, id]]);
    await insert(
      'time_zone_transition_type',
      'Time_zone_id, Transition_type_id, `Offset`, Is_DST, Abbreviation',
      types.map((offset, type) => [id, type, offset, 0, '']),
    );
    await insert(
      'time_zone_transition',
      'Time_zone_id, Transition_time, Transition_type_id',
      changes.map(({ at, offset }) => [id, at, types.indexOf(offset)]),
    );
  }
  await connection.query('FLUSH TABLES');
}

/** The zone's offsets in seconds, and when each begins. */
function describe(name: string): { changes: { at: number; offset: number }[]; types: number[] } {
  const changes = [];
  let at: Temporal.ZonedDateTime | null = FROM.toZonedDateTimeISO(name);
  while (at && Temporal.Instant.compare(at.toInstant(), UNTIL) < 0) {
    changes.push({ at: at.epochMilliseconds / 1000, offset: at.offsetNanoseconds / 1e9 });
    at = at.getTimeZoneTransition('next');
  }
  return { changes, types: [...new Set(changes.map(({ offset }) => offset))] };
}
