import { EtlError, FIGURE_SETTINGS, type FigureSettings, settingsDifference, settingText } from '@etl/core';
import { type Kysely, type Selectable, sql } from 'kysely';
import type { BatchDetails } from './log-scheduler/details.ts';
import type { SettingsTable, WarehouseTables } from './tables.ts';
import { inTransaction, type Warehouse, type WarehouseTransaction } from './warehouse.ts';

/** The id of the only row. */
const ROW = 1;

/**
 * The settings that the stored figures were made with, as far as they are known. Empty before the first worker has
 * started.
 */
export async function storedSettings(warehouse: Kysely<WarehouseTables>): Promise<Partial<FigureSettings>> {
  const row = await warehouse.selectFrom('etl_settings').selectAll().where('id', '=', ROW).executeTakeFirst();
  return row ? settingsIn(row) : {};
}

/** Stores each setting that is not stored yet, unless another setting differs. Returns the stored settings. */
export async function storeMissingSettings(
  warehouse: Warehouse,
  settings: FigureSettings,
): Promise<Partial<FigureSettings>> {
  const stored = await storedSettings(warehouse);
  // A complete row is not written again: every worker calls this at each of its checks.
  const isComplete = FIGURE_SETTINGS.every((name) => stored[name] !== undefined);
  if (isComplete || settingsDifference(settings, stored)) return stored;
  await warehouse
    .insertInto('etl_settings')
    .values({ id: ROW, ...columnsOf(settings), updated_by: 'worker' })
    .onDuplicateKeyUpdate({
      time_zone: sql`COALESCE(time_zone, VALUES(time_zone))`,
      student_role_ids: sql`COALESCE(student_role_ids, VALUES(student_role_ids))`,
      teacher_role_ids: sql`COALESCE(teacher_role_ids, VALUES(teacher_role_ids))`,
    })
    .execute();
  return storedSettings(warehouse);
}

/**
 * Throws SETTINGS_DIFFER if these settings differ from the stored ones. Locks the stored settings until the
 * transaction ends: they cannot change while it inserts the rows of a run.
 */
export async function holdSameSettings(trx: WarehouseTransaction, settings: FigureSettings): Promise<void> {
  const row = await trx
    .selectFrom('etl_settings')
    .selectAll()
    .where('id', '=', ROW)
    // MariaDB does not know FOR SHARE.
    .modifyEnd(sql`LOCK IN SHARE MODE`)
    .executeTakeFirst();
  const difference = settingsDifference(settings, row ? settingsIn(row) : {});
  if (difference) throw new EtlError('SETTINGS_DIFFER', difference.message, { details: difference.details });
}

/**
 * Stores these settings for later runs. Existing figures stay as they are. Returns what was stored before. Throws
 * ETL_ALREADY_RUNNING while a run is queued or in progress.
 */
export async function adoptSettings(
  warehouse: Warehouse,
  settings: FigureSettings,
  by: string,
): Promise<Partial<FigureSettings>> {
  return inTransaction(warehouse, async (trx) => {
    // Lock the settings first. A run that is starting holds this lock, so the query below sees its rows.
    const row = await trx
      .selectFrom('etl_settings')
      .selectAll()
      .where('id', '=', ROW)
      .forUpdate()
      .executeTakeFirst();
    const active = await trx
      .selectFrom('log_scheduler')
      .select('run_id')
      .where('active_key', 'is not', null)
      .limit(1)
      .executeTakeFirst();
    if (active) {
      const { message } = new EtlError('ETL_ALREADY_RUNNING');
      throw new EtlError('ETL_ALREADY_RUNNING', `${message}: the stored settings stay as they are`, {
        details: { run_id: active.run_id },
      });
    }
    const columns = { ...columnsOf(settings), updated_by: by };
    await trx
      .insertInto('etl_settings')
      .values({ id: ROW, ...columns })
      .onDuplicateKeyUpdate(columns)
      .execute();
    return row ? settingsIn(row) : {};
  });
}

/**
 * Whether a completed merge was made with other settings than the stored ones. Unknown settings do not differ: the
 * PHP system did not record any.
 */
export function madeWithOtherSettings(
  { adopted, time_zone, roles }: BatchDetails,
  stored: Partial<FigureSettings>,
): boolean {
  if (adopted) return false;
  return (
    settingsDifference(
      {
        ETL_TIMEZONE: time_zone,
        ETL_STUDENT_ROLE_IDS: roles?.students ?? stored.ETL_STUDENT_ROLE_IDS ?? [],
        ETL_TEACHER_ROLE_IDS: roles?.teachers ?? stored.ETL_TEACHER_ROLE_IDS ?? [],
      },
      stored,
    ) !== undefined
  );
}

function columnsOf(settings: FigureSettings) {
  return {
    time_zone: settings.ETL_TIMEZONE,
    student_role_ids: settingText(settings.ETL_STUDENT_ROLE_IDS),
    teacher_role_ids: settingText(settings.ETL_TEACHER_ROLE_IDS),
  };
}

function settingsIn(row: Selectable<SettingsTable>): Partial<FigureSettings> {
  const ids = (text: string) => text.split(',').map(Number);
  return {
    ...(row.time_zone !== null && { ETL_TIMEZONE: row.time_zone }),
    ...(row.student_role_ids !== null && { ETL_STUDENT_ROLE_IDS: ids(row.student_role_ids) }),
    ...(row.teacher_role_ids !== null && { ETL_TEACHER_ROLE_IDS: ids(row.teacher_role_ids) }),
  };
}
