import type { Migration } from 'kysely/migration';
import * as activityCountsEtl from './0001-activity-counts-etl.ts';
import * as userCountsEtl from './0002-user-counts-etl.ts';
import * as userActivityEtl from './0003-user-activity-etl.ts';
import * as courseCategoriesEtl from './0004-course-categories-etl.ts';
import * as logScheduler from './0005-log-scheduler.ts';
import * as phpRows from './0006-php-rows.ts';
import * as alerts from './0007-alerts.ts';

/** Append only: a migration that was ever released is never changed. One change of schema each, as MySQL cannot undo DDL. */
export const MIGRATIONS: Record<string, Migration> = {
  '0001-activity-counts-etl': activityCountsEtl,
  '0002-user-counts-etl': userCountsEtl,
  '0003-user-activity-etl': userActivityEtl,
  '0004-course-categories-etl': courseCategoriesEtl,
  '0005-log-scheduler': logScheduler,
  '0006-php-rows': phpRows,
  '0007-alerts': alerts,
};
