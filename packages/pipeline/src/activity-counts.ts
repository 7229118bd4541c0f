import {
  activityCountsIn,
  type LogSlice,
  logStretch,
  type MoodleId,
  type SliceCounts,
  sliceLog,
} from '@etl/moodle';
import { type ActivityCounts, replaceActivityCounts } from '@etl/warehouse';
import type { BatchContext, BatchFunction, BatchInput } from './batch.ts';

/** Two statements at a time halve the time of one after the other; more would only take the source's other cores. */
const SLICES_AT_ONCE = 2;

/** The views of each course on a day, by kind. Progress is in rows of the day's log. */
export const activityCounts: BatchFunction = async (input, context) => {
  const stretch = await logStretch(context.source, input.day, context.signal);
  await context.progress(0, stretch.rows);

  const totals = new Totals();
  const slices = sliceLog(input.day, stretch, context.settings.rowsPerSlice);
  let slicesDone = 0;
  await inParallel(slices, SLICES_AT_ONCE, async (slice) => {
    totals.add(await countSlice(slice, input, context));
    slicesDone += 1;
    await context.progress(Math.floor((stretch.rows * slicesDone) / slices.length), stretch.rows);
  });

  const rows = totals.rows();
  return {
    numrow: stretch.rows,
    findings: {
      rows: {
        read: stretch.rows,
        counted: totals.counted,
        left_out: {
          no_course: totals.withoutCourse,
          // The log may have grown while it was read: the stretch was measured first, so this is never too high.
          not_an_activity_view: Math.max(stretch.rows - totals.counted - totals.withoutCourse, 0),
        },
      },
      loaded: rows.length,
      provisional: input.startedAt < input.day.end,
    },
    load: (trx) => replaceActivityCounts(trx, input.day.date, rows, context.settings.batchSize),
  };
};

function countSlice(slice: LogSlice, { day }: BatchInput, { source, signal }: BatchContext) {
  return activityCountsIn(source, day, slice, signal);
}

/** Adds slices up, a record for each course: memory grows with the courses, not with the log. */
class Totals {
  counted = 0;
  withoutCourse = 0;
  readonly #byCourse = new Map<MoodleId, ActivityCounts>();

  add(slice: readonly SliceCounts[]): void {
    for (const { courseid, views, ...kinds } of slice) {
      if (courseid === null || courseid === 0) {
        this.withoutCourse += views;
        continue;
      }
      this.counted += views;
      const total = this.#byCourse.get(courseid);
      if (total) addKinds(total, kinds);
      // A course that is in the result was viewed, and a day has one day.
      else this.#byCourse.set(courseid, { courseid, ...kinds, active_days: 1 });
    }
  }

  rows(): ActivityCounts[] {
    return [...this.#byCourse.values()];
  }
}

type Kinds = Omit<SliceCounts, 'courseid' | 'views'>;

function addKinds(total: Kinds, more: Kinds): void {
  total.file_views += more.file_views;
  total.video_views += more.video_views;
  total.forum_views += more.forum_views;
  total.quiz_views += more.quiz_views;
  total.assignment_views += more.assignment_views;
  total.url_views += more.url_views;
}

/** Works the items off, `lanes` at a time; the first failure ends it once the items under way have ended. */
async function inParallel<Item>(
  items: readonly Item[],
  lanes: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = items.values();
  let failed = false;
  const lane = async () => {
    for (const item of waiting) {
      if (failed) return;
      await work(item).catch((error) => {
        failed = true;
        throw error;
      });
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: lanes }, lane));
  const failure = ended.find((lane) => lane.status === 'rejected');
  if (failure) throw failure.reason;
}
