import { VIEW_KINDS } from '@etl/core';
import type { Random } from './random.ts';
import type { CategoryRow, ContextRow, CourseRow, MoodleRows, RoleAssignmentRow } from './rows.ts';

const CAMPUSES = ['Main Campus', 'Harbour Campus', 'Online'];
const FACULTIES = ['Engineering', 'Economics', 'Letters', 'Science', 'Law'];
const PROGRAMMES = ['Bachelor', 'Master'];
const SUBJECTS = [
  'Programming',
  'Statistics',
  'Algebra',
  'Ethics',
  'Logic',
  'Marketing',
  'Chemistry',
  'Rhetoric',
];
const LEVELS = ['Introduction to', 'Advanced', 'Seminar in', 'Topics in', 'Laboratory of'];

/** The role ids of a default Moodle. */
export const ROLE = { manager: 1, editingTeacher: 3, teacher: 4, student: 5 };
export const CONTEXT = { system: 10, category: 40, course: 50, module: 70 };

export type Module = (typeof VIEW_KINDS)[number]['component'] | 'mod_folder';

/** The kinds of activity, each with its own context in every course. No figure counts the last one. */
export const MODULES: readonly Module[] = [...VIEW_KINDS.map(({ component }) => component), 'mod_folder'];

/** A Moodle without its log, with the facts that the log's generator needs. */
export interface Campus {
  rows: MoodleRows;
  /** Courses for the log's generator, the busiest first. */
  courses: CampusCourse[];
}

export interface CampusCourse {
  id: number;
  contextid: number;
  /** Context id of each module. */
  modules: Record<Module, number>;
  /** Users who have a role in it. */
  members: number[];
}

/**
 * Builds categories of three levels, courses with their contexts, and people with roles. It has the oddities of real
 * Moodles.
 */
export function buildCampus(random: Random, courses: number): Campus {
  const categories = buildCategories();
  const contexts = new Contexts();
  contexts.add(CONTEXT.system, 0);
  for (const category of categories) contexts.add(CONTEXT.category, category.id);

  const site: CourseRow = {
    id: 1,
    category: 0,
    fullname: 'Sample University',
    shortname: 'sample',
    idnumber: '',
    visible: 1,
  };
  const course: CourseRow[] = [site];
  const people: RoleAssignmentRow[] = [];
  const campus: CampusCourse[] = [];
  const addCourse = (id: number) => {
    const contextid = contexts.add(CONTEXT.course, id);
    const modules = Object.fromEntries(
      MODULES.map((module, index) => [module, contexts.add(CONTEXT.module, id * 10 + index)]),
    ) as CampusCourse['modules'];
    const members = enrol(random, people, contextid);
    campus.push({ id, contextid, modules, members });
  };
  addCourse(1);
  for (let id = 2; id <= courses + 1; id++) {
    const subject = random.pick(SUBJECTS);
    course.push({
      id,
      // Many courses share a category.
      category: random.pick(categories).id,
      fullname: `${random.pick(LEVELS)} ${subject} ${id}`,
      shortname: `${subject.slice(0, 4).toUpperCase()}-${id}`,
      idnumber: random.chance(0.3) ? '' : `C${String(id).padStart(5, '0')}`,
      visible: random.chance(0.1) ? 0 : 1,
    });
    addCourse(id);
  }
  // The courses inherit a role on a category, but it is not counted in any of them.
  for (const category of categories) {
    people.push(assignment(ROLE.manager, contexts.of(CONTEXT.category, category.id), random.int(2, 50)));
    if (random.chance(0.5)) {
      people.push(assignment(ROLE.teacher, contexts.of(CONTEXT.category, category.id), random.int(2, 50)));
    }
  }
  return {
    rows: {
      course_categories: categories,
      course,
      context: contexts.rows,
      role_assignments: people,
    },
    courses: campus,
  };
}

/** Campus, faculty, programme. On each level some idnumbers are codes, some are empty and some are NULL. */
function buildCategories(): CategoryRow[] {
  const rows: CategoryRow[] = [];
  const add = (name: string, idnumber: string | null, parent?: CategoryRow): CategoryRow => {
    const id = rows.length + 1;
    const row = {
      id,
      name,
      idnumber,
      parent: parent?.id ?? 0,
      depth: (parent?.depth ?? 0) + 1,
      path: `${parent?.path ?? ''}/${id}`,
    };
    rows.push(row);
    return row;
  };
  for (const [c, campusName] of CAMPUSES.entries()) {
    const campus = add(campusName, campusName === 'Online' ? null : `CAMPUS${c + 1}`);
    for (const [f, facultyName] of FACULTIES.entries()) {
      const faculty = add(facultyName, f === 3 ? '' : `F${c + 1}${f + 1}`, campus);
      for (const [p, programme] of PROGRAMMES.entries()) {
        const code = `P${c + 1}${f + 1}${p + 1}`;
        add(`${programme} of ${facultyName}`, f === 4 && p === 1 ? null : f === 2 ? '' : code, faculty);
      }
    }
  }
  return rows;
}

function enrol(random: Random, people: RoleAssignmentRow[], contextid: number): number[] {
  const members = new Set<number>();
  const give = (roleid: number, userid: number, by?: Partial<RoleAssignmentRow>) => {
    people.push({ ...assignment(roleid, contextid, userid), ...by });
    members.add(userid);
  };
  // A course with only a manager has no students and no teachers.
  if (random.chance(0.05)) {
    give(ROLE.manager, random.int(2, 50));
    return [...members];
  }
  const students = random.chance(0.05) ? 0 : 5 + random.skewed(120);
  for (let i = 0; i < students; i++) give(ROLE.student, random.int(1000, 5000));
  for (let i = random.int(1, 3); i > 0; i--) give(ROLE.editingTeacher, random.int(100, 300));
  if (random.chance(0.5)) give(ROLE.teacher, random.int(100, 300));
  for (const userid of [...members].slice(0, 3)) {
    // Another plugin enrols the same person a second time: the count stays one.
    if (random.chance(0.5))
      give(ROLE.student, userid, { component: 'enrol_cohort', itemid: random.int(1, 20) });
    // A student who also teaches counts in both columns.
    if (random.chance(0.2)) give(ROLE.teacher, userid);
  }
  return [...members];
}

function assignment(roleid: number, contextid: number, userid: number): RoleAssignmentRow {
  return { roleid, contextid, userid, component: '', itemid: 0 };
}

class Contexts {
  readonly rows: ContextRow[] = [];
  readonly #ids = new Map<string, number>();

  add(contextlevel: number, instanceid: number): number {
    const id = this.rows.length + 1;
    this.rows.push({ id, contextlevel, instanceid });
    this.#ids.set(`${contextlevel}/${instanceid}`, id);
    return id;
  }

  of(contextlevel: number, instanceid: number): number {
    return this.#ids.get(`${contextlevel}/${instanceid}`) as number;
  }
}
