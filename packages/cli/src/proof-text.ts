import type { Change, Proof } from '@etl/proof';

/** Lines of a list that a person reads. JSON has all. */
const MOST_LISTED = 20;

const NAMES_OF_CHANGES: [what: string, columns: readonly Change['what'][]][] = [
  ['enrolments', ['num_students', 'num_teachers']],
  ['names', ['id_number', 'course_name', 'course_shortname']],
  ['categories', ['course_id', 'category_id', 'category_path']],
  ['visibility', ['row']],
];

/** A proof in words. The first line is the result. */
export function proofText(proof: Proof): string {
  const { extraction_date: date, time_zone, run_id, courses, counts, differences } = proof;
  const number = (count: number) => count.toLocaleString('en');
  const listed = listOf(
    date,
    differences,
    ({ moodle_course_id, metric, warehouse, moodle, table }) =>
      `course ${moodle_course_id}: ${metric} is ${warehouse}, Moodle has ${moodle}${table === 'activity_counts_etl' ? ` (${table})` : ''}`,
  );
  return [
    `${number(courses)} courses, ${number(counts)} counts, ${number(differences.length)} differences`,
    ...listed,
    `${date} in ${time_zone}, run ${run_id}`,
    ...logRowsText(proof),
    ...changedText(date, proof.changed_since),
  ].join('\n');
}

function logRowsText({ extraction_date: date, log_rows: { read, now }, differences }: Proof): string[] {
  if (read === null || now === read) return [];
  const more = `Moodle has ${now - read} more log rows of the date than the run read.`;
  return differences.length === 0 ? [more] : [more, `To count them: etl pipeline ${date}`];
}

/** What is of another moment by nature. */
function changedText(date: string, changes: readonly Change[]): string[] {
  const courses = (of: readonly Change[]) => new Set(of.map((one) => one.moodle_course_id)).size;
  if (changes.length === 0) return ['Changed since: nothing'];
  const parts = NAMES_OF_CHANGES.map(
    ([name, columns]) => `${name} ${courses(changes.filter(({ what }) => columns.includes(what)))}`,
  );
  return [
    `Changed since, and not part of the proof: ${courses(changes)} courses`,
    `  (${parts.join(', ')})`,
    ...listOf(
      date,
      changes,
      ({ moodle_course_id, what, warehouse, moodle }) =>
        `course ${moodle_course_id}: ${what} was ${warehouse ?? 'not there'}, is ${moodle ?? 'not there'}`,
    ),
  ];
}

function listOf<One>(date: string, all: readonly One[], line: (one: One) => string): string[] {
  const rest = all.length - MOST_LISTED;
  return [
    ...all.slice(0, MOST_LISTED).map((one) => `  ${line(one)}`),
    ...(rest > 0 ? [`  and ${rest} more: etl prove ${date} --json lists all`] : []),
  ];
}
