import { datesBetween, VIEW_COLUMNS } from '@etl/core';
import type { Random } from '@etl/local-stack';
import type { CourseCategory, MoodleId, UserActivity } from '../../src/index.ts';

/** What a Moodle would hold: the next merge writes it, and former dates keep what they had. */
export interface World {
  random: Random;
  dates: readonly string[];
  courses: WorldCourse[];
  categories: CourseCategory[];
  /** Below how many students rows are small. */
  smallBelow: number;
}

interface WorldCourse {
  id: MoodleId;
  category: MoodleId;
  /** Neither hidden nor deleted. */
  isVisible: boolean;
  students: number;
}

/** Whole months with a leap day, and months that begin and end outside. */
const [FIRST, LAST] = ['2024-01-10', '2024-05-08'];
const COURSES = 30;
const CATEGORIES = 12;

/** Two neighbours beyond 2^53: as floating-point numbers they are equal. */
const HUGE = ['9007199254740993', '9007199254740994'] as const;

export function newWorld(random: Random): World {
  const ids: MoodleId[] = [...Array.from({ length: CATEGORIES - 2 }, (_, index) => index + 1), ...HUGE];
  const world: World = {
    random,
    dates: datesBetween(FIRST, LAST),
    courses: [],
    smallBelow: 0,
    categories: ids.map((id, index) => ({
      id,
      parent: index < 3 ? 0 : (ids[index % 3] ?? 0),
      depth: index < 3 ? 1 : 2,
      path: index < 3 ? `/${id}` : `/${ids[index % 3]}/${id}`,
      idnumber: `F${id}`,
      name: `Category ${id}`,
    })),
  };
  for (const id of [...Array.from({ length: COURSES - 2 }, (_, index) => index + 2), ...HUGE]) {
    world.courses.push({ id, category: anyCategory(world), isVisible: true, students: random.int(0, 40) });
  }
  return world;
}

function anyCategory({ random, categories }: World): MoodleId {
  return random.pick(categories).id;
}

/** Small groups are withheld from another number on, or no longer. */
export function changeSmallBelow(world: World): void {
  world.smallBelow = world.random.pick([0, 5, 20]);
}

export function moveCourses(world: World): void {
  for (let left = world.random.int(1, 5); left > 0; left--) {
    world.random.pick(world.courses).category = anyCategory(world);
  }
}

/** Hides or deletes courses: for the merge both mean that the course has no row. */
export function hideCourses(world: World): void {
  const course = world.random.pick(world.courses);
  course.isVisible = !course.isVisible;
}

export function enrolStudents(world: World): void {
  for (const course of world.courses) if (world.random.chance(0.2)) course.students = world.random.int(0, 40);
}

/** Moves a category below another directorate, or deletes it from the tree. Rows may still name it. */
export function changeTree(world: World): void {
  const { random, categories } = world;
  const category = random.pick(categories.filter(({ depth }) => depth === 2));
  const directorate = random.pick(categories.filter(({ depth }) => depth === 1));
  if (!category || !directorate) return;
  if (random.chance(0.1) && categories.length > CATEGORIES / 2) {
    world.categories = categories.filter((other) => other !== category);
    return;
  }
  category.parent = directorate.id;
  category.path = `${directorate.path}/${category.id}`;
}

/** Rows as a merge of any date would write them now. */
export function rowsNow({ random, courses }: World): UserActivity[] {
  const share = random.pick([0, 0.3, 0.9, 1, 1]);
  const quiet = random.chance(0.2);
  return courses
    .filter(({ isVisible }) => isVisible && random.chance(share))
    .map(({ id, category, students }) => {
      const active = !quiet && random.chance(0.6);
      const views = VIEW_COLUMNS.map(() => (active ? random.skewed(50) : 0));
      return rowOf({ id, category, students, views, activeDays: active ? 1 : 0 });
    });
}

/** Rows of the PHP system: without category, with negative numbers for courses, and with sums of their own. */
export function phpRows({ random }: World): UserActivity[] {
  return Array.from({ length: random.int(1, 15) }, (_, index) => ({
    ...rowOf({
      id: -1 - index,
      category: 0,
      students: random.int(0, 40),
      views: VIEW_COLUMNS.map(() => random.skewed(50)),
      activeDays: random.int(0, 3),
    }),
    total_views: random.int(0, 200),
  }));
}

function rowOf(of: {
  id: MoodleId;
  category: MoodleId;
  students: number;
  views: readonly number[];
  activeDays: number;
}): UserActivity {
  const counts = Object.fromEntries(VIEW_COLUMNS.map((column, kind) => [column, of.views[kind] ?? 0]));
  return {
    moodle_course_id: of.id,
    course_id: `F${of.category}`,
    id_number: `C${of.id}`,
    course_name: `Course ${of.id} of ${of.category}`,
    course_shortname: `SUB-${of.id}`,
    category_id: of.category,
    category_path: `/${of.category}`,
    num_teachers: of.students % 4,
    num_students: of.students,
    ...(counts as Record<(typeof VIEW_COLUMNS)[number], number>),
    total_views: of.views.reduce((sum, views) => sum + views, 0),
    avg_activity_per_student_per_day: null,
    active_days: of.activeDays,
  };
}
