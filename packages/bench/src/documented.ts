import { DOCUMENTED_SQL } from '@etl/local-stack';
import type { Connection, RowDataPacket } from 'mysql2/promise';

/** The documentation's statements, each as one statement or in pages, on one connection to Moodle's database. */
export interface DocumentedSystem {
  activityCounts(day: { start: number; end: number }): Promise<void>;
  userCounts(): Promise<void>;
  /** Only reads, from the tables of a warehouse on the same server. */
  mainEtl(warehouse: string, date: string): Promise<void>;
  /** All three batches in pages by LIMIT and OFFSET, one statement for each page. It loads nothing. */
  paged(
    warehouse: string,
    day: { date: string; start: number; end: number },
    wholeLog: boolean,
  ): Promise<void>;
}

const PAGE = 1000;
const MERGE_PAGE = 500;

export function documentedSystem(connection: Connection): DocumentedSystem {
  const run = async (sql: string, values: unknown[] = []) => {
    const [rows] = await connection.query<RowDataPacket[]>(sql, values);
    return rows.length;
  };
  const pages = async (size: number, sql: string, values: unknown[] = []) => {
    for (let offset = 0; ; offset += size) {
      if ((await run(`${sql} LIMIT ${size} OFFSET ${offset}`, values)) < size) return;
    }
  };
  const mergeOf = (warehouse: string) =>
    DOCUMENTED_SQL.mainEtl.replaceAll(/\b(activity|user)_counts_etl\b/g, (table) => `${warehouse}.${table}`);
  return {
    activityCounts: async ({ start, end }) =>
      void (await run(DOCUMENTED_SQL.activityCounts, [start, end - 1])),
    userCounts: async () => void (await run(DOCUMENTED_SQL.userCounts)),
    mainEtl: async (warehouse, date) => void (await run(mergeOf(warehouse), [date, date])),
    paged: async (warehouse, { date, start, end }, wholeLog) => {
      if (wholeLog) {
        const byDate = DOCUMENTED_SQL.activityCounts.replace(
          'timecreated BETWEEN ? AND ?',
          'DATE(FROM_UNIXTIME(timecreated)) BETWEEN ? AND ?',
        );
        await pages(PAGE, byDate, [date, date]);
      } else {
        await pages(PAGE, DOCUMENTED_SQL.activityCounts, [start, end - 1]);
      }
      await pages(PAGE, DOCUMENTED_SQL.userCounts);
      await pages(MERGE_PAGE, mergeOf(warehouse), [date, date]);
    },
  };
}
