import type { Migration } from 'kysely/migration';
import type { WarehouseTables } from '../tables.ts';
import * as activityCountsEtl from './0001-activity-counts-etl.ts';
import * as userCountsEtl from './0002-user-counts-etl.ts';
import * as userActivityEtl from './0003-user-activity-etl.ts';
import * as courseCategoriesEtl from './0004-course-categories-etl.ts';
import * as logScheduler from './0005-log-scheduler.ts';
import * as phpRows from './0006-php-rows.ts';
import * as alerts from './0007-alerts.ts';
import * as figureSettings from './0008-figure-settings.ts';
import * as rolesOfMerges from './0009-roles-of-merges.ts';
import * as failureCodes from './0010-failure-codes.ts';
import * as rollUps from './0011-roll-ups.ts';
import * as changedBatches from './0012-changed-batches.ts';
import * as otherViews from './0013-other-views.ts';
import * as leftOutCourses from './0014-left-out-courses.ts';
import * as restatements from './0015-restatements.ts';
import * as smallGroups from './0016-small-groups.ts';

/** Append only: a released migration never changes. One purpose each. MySQL cannot roll DDL back, so each can be repeated. */
export const MIGRATIONS: Record<string, Migration> = {
  '0001-activity-counts-etl': activityCountsEtl,
  '0002-user-counts-etl': userCountsEtl,
  '0003-user-activity-etl': userActivityEtl,
  '0004-course-categories-etl': courseCategoriesEtl,
  '0005-log-scheduler': logScheduler,
  '0006-php-rows': phpRows,
  '0007-alerts': alerts,
  '0008-figure-settings': figureSettings,
  '0009-roles-of-merges': rolesOfMerges,
  '0010-failure-codes': failureCodes,
  '0011-roll-ups': rollUps,
  '0012-changed-batches': changedBatches,
  '0013-other-views': otherViews,
  '0014-left-out-courses': leftOutCourses,
  '0015-restatements': restatements,
  '0016-small-groups': smallGroups,
};

/** The tables that they create. */
export const TABLE_NAMES = [
  'activity_counts_etl',
  'user_counts_etl',
  'user_activity_etl',
  'course_categories_etl',
  'log_scheduler',
  'etl_alerts',
  'etl_settings',
  'rollup_parts',
  'rollup_days',
  'rollup_courses',
  'rollup_enrolments',
  'left_out_courses',
  'restatements',
  'restatement_categories',
  'restatement_courses',
] as const satisfies (keyof WarehouseTables)[];
