import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Reader } from './readers.ts';
import type { Gateway } from './support.ts';
import { ancestry, type Course, DATES, type World } from './world.ts';

/** Courses of a reader whose cells are asked for. Each is a request for each date. */
const COURSES_ASKED = 5;
const FORMER_VALUE = 987_654;

const exists = (all: World, category: number) => ancestry(all, category).length > 0;

/** The category that a course had before a restatement. It can be outside the scope of a reader of the course. */
function formerCategory(all: World, { id, category }: Course): number {
  return ((category + id) % all.categories.length) + 1;
}

/** The students that a course had before a restatement of a date: they can have been too few. */
function formerStudents({ id, students }: Course, day: number): number {
  return ((students[day] ?? 0) + id) % 6;
}

/** Leaves each course out that has no row of a date, and restates the others: they were in another category before. */
export async function addLeftOutAndRestated(gateway: Gateway, all: World): Promise<void> {
  const { warehouse } = gateway;
  await addLeftOut(gateway, all);
  await warehouse.deleteFrom('restatement_courses').execute();
  await warehouse.deleteFrom('restatements').execute();
  for (const [day, date] of DATES.entries()) {
    await warehouse
      .insertInto('restatements')
      .values({
        id: day + 1,
        extraction_date: date,
        run_id: randomUUID(),
        replaced_run_id: randomUUID(),
        replaced_at: null,
        why: 'course_changed',
        old_total_views: 1,
        new_total_views: 2,
        courses: all.courses.length,
        suppress_below: all.smallBelow,
      })
      .execute();
    for (const course of all.courses) {
      if (course.views[day] != null) await restate(gateway, all, day, course);
    }
  }
}

/** Leaves each course out that has no row of a date. */
export async function addLeftOut(gateway: Gateway, all: World): Promise<void> {
  await gateway.warehouse.deleteFrom('left_out_courses').execute();
  for (const [day, date] of DATES.entries()) {
    for (const course of all.courses) {
      if (course.views[day] == null) await leaveOut(gateway, all, date, course);
    }
  }
}

async function leaveOut({ warehouse }: Gateway, all: World, date: string, course: Course): Promise<void> {
  await warehouse
    .insertInto('left_out_courses')
    .values({
      extraction_date: date,
      moodle_course_id: course.id,
      reason: exists(all, course.category) ? 'course_hidden' : 'without_category',
      views: 3,
      category_id: course.category,
      id_number: '',
      course_name: `Hidden ${course.id}`,
      course_shortname: '',
    })
    .execute();
}

async function restate({ warehouse }: Gateway, all: World, day: number, course: Course): Promise<void> {
  await warehouse
    .insertInto('restatement_courses')
    .values({
      restatement: day + 1,
      moodle_course_id: course.id,
      old_category: formerCategory(all, course),
      new_category: course.category,
      old_is_small: Number(formerStudents(course, day) < all.smallBelow),
      new_is_small: Number((course.students[day] ?? 0) < all.smallBelow),
      course_name: 'L',
      why: 'course_changed',
      old_figures: JSON.stringify({ total_views: FORMER_VALUE }),
      new_figures: JSON.stringify({ total_views: course.views[day] }),
    })
    .execute();
}

/** What a viewer can explain, and which left out courses it finds. */
export async function checkCells({ get, isInScope, sees, least }: Reader, all: World): Promise<void> {
  // Of a restatement with another number of students it is not known which rows were small.
  const isKnown = least === 0 || least === all.smallBelow;
  const unknown = (await get(`cells/${DATES[0]}/999999/total_views`)).json();
  for (const course of all.courses.slice(0, COURSES_ASKED)) {
    for (const [day, date] of DATES.entries()) {
      const answer = await get(`cells/${date}/${course.id}/total_views`);
      const { data, error } = answer.json();
      const views = course.views[day] ?? null;
      const students = course.students[day] ?? 0;
      const isSeen = views === null ? isInScope(course.category) : sees({ ...course, students });
      if (!isSeen) {
        expect(answer.statusCode).toBe(404);
        expect(error).toBe(unknown.error.replace('999999', String(course.id)));
        continue;
      }
      expect(answer.statusCode, answer.body).toBe(200);
      expect([data.value, data.run.requested_by]).toEqual([views, null]);
      // How many students a left out course had is not known.
      if (views === null)
        expect(data.not_counted).toMatchObject({ reason: 'course_hidden', views: least > 0 ? null : 3 });
      const former = { category: formerCategory(all, course), students: formerStudents(course, day) };
      expect(data.history.map(({ value }: { value: number | null }) => value)).toEqual(
        views === null || !isKnown ? [] : [sees(former) ? FORMER_VALUE : null],
      );
      expect(data.history_complete).toBe(isKnown);
    }
  }
  const found = await get(`courses?from=${DATES[0]}&to=${DATES[2]}&q=hIdDeN`);
  const hidden = all.courses.filter((course) => course.views[2] == null && isInScope(course.category));
  const ids = (found.json().not_counted as { moodle_course_id: number }[]).map((one) => one.moodle_course_id);
  expect(ids.toSorted((a, b) => a - b)).toEqual(hidden.map(({ id }) => id));
  expect((await get(`recounts/${randomUUID()}`)).statusCode).toBe(403);
}
