import {
  type Day,
  LEFT_OUT_REASONS,
  type Ledger,
  type LeftOutReason,
  perReason,
  VIEW_KINDS,
} from '@etl/core';
import type { Connection, RowDataPacket } from 'mysql2/promise';

const KINDS = VIEW_KINDS.map(({ component }) => `'${component}'`).join(', ');
const VIEW = "l.contextlevel = 70 AND l.action = 'viewed'";
const IN_COURSE = `${VIEW} AND COALESCE(l.courseid, 0) <> 0`;
const OF_KIND = `${IN_COURSE} AND l.component IN (${KINDS})`;
const SHOWN = `${OF_KIND} AND c.visible = 1`;

/** Which log rows each reason has, for one statement each. */
const CONDITIONS: Record<LeftOutReason, string> = {
  not_an_activity_view: `NOT (${VIEW})`,
  no_course: `${VIEW} AND COALESCE(l.courseid, 0) = 0`,
  other_module: `${IN_COURSE} AND l.component NOT IN (${KINDS})`,
  course_deleted: `${OF_KIND} AND c.id IS NULL`,
  course_hidden: `${OF_KIND} AND c.visible <> 1`,
  without_category: `${SHOWN} AND k.id IS NULL`,
  category_without_idnumber: `${SHOWN} AND k.id IS NOT NULL AND k.idnumber IS NULL`,
};

/** The ledger of a day, straight from Moodle, by a statement of its own for each number. */
export async function documentedLedger(connection: Connection, source: string, day: Day): Promise<Ledger> {
  const numberOf = async (condition: string) => {
    const [rows] = await connection.query<RowDataPacket[]>(
      `SELECT COUNT(*) AS log_rows FROM ??.mdl_logstore_standard_log l
       LEFT JOIN ??.mdl_course c ON c.id = l.courseid
       LEFT JOIN ??.mdl_course_categories k ON k.id = c.category
       WHERE l.timecreated >= ? AND l.timecreated < ? AND ${condition}`,
      [source, source, source, day.start, day.end],
    );
    return Number(rows[0]?.log_rows);
  };
  const left_out = perReason(() => 0);
  for (const reason of LEFT_OUT_REASONS) left_out[reason] = await numberOf(CONDITIONS[reason]);
  return {
    read: await numberOf('TRUE'),
    counted: await numberOf(`${SHOWN} AND k.idnumber IS NOT NULL`),
    left_out,
  };
}

/** The courses that a merge leaves out, with the reason, and the views of its day that they would have. */
export async function documentedLeftOut(
  connection: Connection,
  source: string,
  day: Day,
): Promise<Record<string, { reason: string; views: number }>> {
  const [rows] = await connection.query<RowDataPacket[]>(
    `SELECT CAST(c.id AS CHAR) AS id, COUNT(l.id) AS views,
       CASE WHEN c.visible <> 1 THEN 'course_hidden' WHEN k.id IS NULL THEN 'without_category'
         ELSE 'category_without_idnumber' END AS reason
     FROM ??.mdl_course c LEFT JOIN ??.mdl_course_categories k ON k.id = c.category
     LEFT JOIN ??.mdl_logstore_standard_log l ON l.courseid = c.id AND l.timecreated >= ? AND l.timecreated < ?
       AND ${VIEW} AND l.component IN (${KINDS})
     WHERE c.visible <> 1 OR k.idnumber IS NULL GROUP BY c.id, c.visible, k.id, k.idnumber
     UNION ALL
     SELECT CAST(l.courseid AS CHAR), COUNT(CASE WHEN l.component IN (${KINDS}) THEN 1 END), 'course_deleted'
     FROM ??.mdl_logstore_standard_log l LEFT JOIN ??.mdl_course c ON c.id = l.courseid
     WHERE l.timecreated >= ? AND l.timecreated < ? AND ${IN_COURSE} AND c.id IS NULL GROUP BY l.courseid`,
    [source, source, source, day.start, day.end, source, source, day.start, day.end],
  );
  return Object.fromEntries(rows.map(({ id, reason, views }) => [id, { reason, views: Number(views) }]));
}
