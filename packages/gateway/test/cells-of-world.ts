import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { API, type Gateway } from './support.ts';
import { ancestry, type Course, DATES, type World } from './world.ts';

/** Courses of a reader whose cells are asked for. Each is a request for each date. */
const COURSES_ASKED = 5;
const FORMER_VALUE = 987_654;

const exists = (all: World, category: number) => ancestry(all, category).length > 0;

/** The category that a course had before a restatement. It can be outside the scope of a reader of the course. */
function formerCategory(all: World, { id, category }: Course): number {
  return ((category + id) % all.categories.length) + 1;
}

/** Leaves each course out that has no row of a date, and restates the others: they were in another category before. */
export async function addLeftOutAndRestated(gateway: Gateway, all: World): Promise<void> {
  const { warehouse } = gateway;
  await warehouse.deleteFrom('left_out_courses').execute();
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
      })
      .execute();
    for (const course of all.courses) {
      if (course.views[day] == null) await leaveOut(gateway, all, date, course);
      else await restate(gateway, all, day, course);
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
      course_name: 'L',
      why: 'course_changed',
      old_figures: JSON.stringify({ total_views: FORMER_VALUE }),
      new_figures: JSON.stringify({ total_views: course.views[day] }),
    })
    .execute();
}

/** What a viewer can explain, and which left out courses it finds. Returns how many answers were compared. */
export async function checkCells(
  gateway: Gateway,
  all: World,
  token: string,
  isVisible: (category: number) => boolean,
): Promise<number> {
  let compared = 0;
  const get = async (path: string) => {
    compared += 1;
    return gateway.app.inject({ url: `${API}/${path}`, headers: { authorization: `Bearer ${token}` } });
  };
  const unknown = (await get(`cells/${DATES[0]}/999999/total_views`)).json();
  for (const course of all.courses.slice(0, COURSES_ASKED)) {
    for (const [day, date] of DATES.entries()) {
      const answer = await get(`cells/${date}/${course.id}/total_views`);
      const { data, error } = answer.json();
      if (!isVisible(course.category)) {
        expect(answer.statusCode).toBe(404);
        expect(error).toBe(unknown.error.replace('999999', String(course.id)));
        continue;
      }
      expect(answer.statusCode, answer.body).toBe(200);
      expect([data.value, data.run.requested_by]).toEqual([course.views[day] ?? null, null]);
      if (course.views[day] == null)
        expect(data.not_counted).toMatchObject({ reason: 'course_hidden', views: 3 });
      const former = isVisible(formerCategory(all, course)) ? FORMER_VALUE : null;
      expect(data.history.map(({ value }: { value: number | null }) => value)).toEqual(
        course.views[day] == null ? [] : [former],
      );
    }
  }
  const found = await get(`courses?from=${DATES[0]}&to=${DATES[2]}&q=hIdDeN`);
  const hidden = all.courses.filter((course) => course.views[2] == null && isVisible(course.category));
  const ids = (found.json().not_counted as { moodle_course_id: number }[]).map((one) => one.moodle_course_id);
  expect(ids.toSorted((a, b) => a - b)).toEqual(hidden.map(({ id }) => id));
  expect((await get(`recounts/${randomUUID()}`)).statusCode).toBe(403);
  return compared;
}
