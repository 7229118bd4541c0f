import { ADOPT_COMMAND, type Config, clockTime } from '@etl/core';
import {
  checkLogPlan,
  coursesLeftOut,
  findIndex,
  logExtent,
  type Role,
  roles,
  ScanRefused,
  type Source,
  setting,
} from '@etl/moodle';
import { examined, type Finding, ok, wrong } from './finding.ts';

/** How a changed setting of figures takes effect. */
const ADOPT = ` for all processes, run ${ADOPT_COMMAND}, restart them`;

/** In seconds. A weekend can have no rows; a longer silence is suspicious. */
const LONG_SILENCE = 2 * 86_400;

/** Compares Moodle's indexes, time zone, roles, log and courses with the configuration. */
export async function examineMoodle(
  source: Source,
  config: Config,
  now: Date,
  signal: AbortSignal,
): Promise<Finding[]> {
  const checks: [string, () => Promise<Finding | Finding[]>][] = [
    ['log index', () => logIndex(source, signal)],
    ['roles index', () => rolesIndex(source, signal)],
    ['time zone', () => timeZone(source, config, signal)],
    ['roles', () => roleIds(source, config, signal)],
    ['log store', () => logStore(source, config, signal)],
    ['log', () => log(source, config, now, signal)],
    ['courses', () => courses(source, signal)],
  ];
  const findings = [];
  for (const [name, check] of checks) findings.push(...(await examined(name, check)));
  return findings;
}

async function logIndex(source: Source, signal: AbortSignal): Promise<Finding> {
  try {
    await checkLogPlan(source, signal);
    return ok('log index', 'on timecreated');
  } catch (error) {
    if (!(error instanceof ScanRefused)) throw error;
    return wrong('fault', 'log index', 'none on timecreated is used', {
      means: 'Finding a day would read the whole log, so no day is extracted.',
      mend: error.message,
    });
  }
}

async function rolesIndex(source: Source, signal: AbortSignal): Promise<Finding> {
  const columns = ['userid', 'contextid', 'roleid'];
  if (await findIndex(source, 'role_assignments', columns, signal))
    return ok('roles index', columns.join(', '));
  const { prefix } = source;
  return wrong('warning', 'roles index', `none on (${columns.join(', ')})`, {
    means: 'Enrolments are counted correctly, but slower and with more load on Moodle.',
    mend: `CREATE INDEX ${prefix}roleassi_useconrol_ix ON ${prefix}role_assignments (${columns.join(', ')})`,
  });
}

async function timeZone(source: Source, config: Config, signal: AbortSignal): Promise<Finding> {
  const theirs = await setting(source, 'timezone', undefined, signal);
  if (theirs === undefined || theirs === '99') {
    return wrong(
      'note',
      'time zone',
      `Moodle uses the time zone of its server; ETL_TIMEZONE is ${config.ETL_TIMEZONE}`,
      {
        means: 'The doctor cannot tell whether days begin at the same moment.',
        mend: "Compare ETL_TIMEZONE with the time zone of Moodle's server.",
      },
    );
  }
  if (theirs === config.ETL_TIMEZONE) return ok('time zone', theirs);
  return wrong('warning', 'time zone', `Moodle uses ${theirs}; ETL_TIMEZONE is ${config.ETL_TIMEZONE}`, {
    means: 'Days begin at another moment than in Moodle: some views count for the day before or after.',
    mend: `Set ETL_TIMEZONE=${theirs}${ADOPT}, and backfill the days that were extracted before.`,
  });
}

/** The archetypes that roles of each kind should have, and the variable that configures them. */
const KINDS = [
  { kind: 'students', variable: 'ETL_STUDENT_ROLE_IDS', archetypes: ['student'] },
  { kind: 'teachers', variable: 'ETL_TEACHER_ROLE_IDS', archetypes: ['editingteacher', 'teacher'] },
] as const;

async function roleIds(source: Source, config: Config, signal: AbortSignal): Promise<Finding[]> {
  const known = await roles(source, signal);
  return KINDS.map(({ kind, variable, archetypes }) => {
    const configured = config[variable];
    const called = ({ id, shortname }: Role) => `${id} (${shortname})`;
    const fitting = known.filter(({ archetype }) => (archetypes as readonly string[]).includes(archetype));
    const unknown = configured.filter((id) => !known.some((role) => role.id === id));
    const other = known.filter((role) => configured.includes(role.id) && !fitting.includes(role));
    const leftOut = fitting.filter(({ id }) => !configured.includes(id));
    const faults = [
      ...unknown.map((id) => `there is no role ${id}`),
      ...other.map((role) => `role ${called(role)} is not one of ${kind}`),
      ...leftOut.map((role) => `role ${called(role)} is left out`),
    ];
    if (faults.length === 0) return ok(`roles of ${kind}`, configured.join(', '));
    return wrong(unknown.length > 0 ? 'fault' : 'warning', `roles of ${kind}`, faults.join('; '), {
      means: `The wrong people are counted as ${kind}, or too few.`,
      mend: `Unless this is intended: set ${variable}=${fitting.map(({ id }) => id).join(',')}${ADOPT}.`,
    });
  });
}

async function logStore(source: Source, config: Config, signal: AbortSignal): Promise<Finding[]> {
  const stores = await setting(source, 'enabled_stores', 'tool_log', signal);
  const days = Number((await setting(source, 'loglifetime', 'logstore_standard', signal)) ?? 0);
  const needed = config.ETL_CATCH_UP_DAYS + 1;
  return [
    (stores ?? '').split(',').includes('logstore_standard')
      ? ok('log store', 'the standard log is on')
      : wrong('fault', 'log store', 'the standard log is off', {
          means: 'Moodle does not log views.',
          mend: 'Enable "Standard log" in Moodle: Site administration, Plugins, Logging, Manage log stores.',
        }),
    days === 0 || days >= needed
      ? ok('log retention', days === 0 ? 'for ever' : `${days} days`)
      : wrong('warning', 'log retention', `${days} days`, {
          means: `Moodle deletes days before they can be caught up (ETL_CATCH_UP_DAYS is ${config.ETL_CATCH_UP_DAYS}).`,
          mend: `Set in Moodle "Keep logs for" of the standard log to ${needed} days or more, or set ETL_CATCH_UP_DAYS=${Math.max(days - 1, 0)}.`,
        }),
  ];
}

async function log(source: Source, config: Config, now: Date, signal: AbortSignal): Promise<Finding> {
  const { oldest, newest } = await logExtent(source, signal);
  if (oldest === null || newest === null) {
    return wrong('warning', 'log', 'has no rows', {
      means: 'No view was ever logged.',
      mend: 'Check that MOODLE_DATABASE_URL names the Moodle in use, and that its standard log is on.',
    });
  }
  const day = (seconds: number) => clockTime(new Date(seconds * 1000), config.ETL_TIMEZONE);
  const found = `from ${day(oldest)} to ${day(newest)}`;
  if (now.getTime() / 1000 - newest < LONG_SILENCE) return ok('log', found);
  // Without a schedule an old copy of Moodle is no problem.
  return wrong(config.ETL_SCHEDULE === null ? 'note' : 'warning', 'log', found, {
    means: 'No row for two days: an old copy, a holiday, or a Moodle that has stopped logging.',
    mend: "Check that MOODLE_DATABASE_URL names the Moodle in use, and that Moodle's cron runs.",
  });
}

async function courses(source: Source, signal: AbortSignal): Promise<Finding> {
  const { visible, leftOut } = await coursesLeftOut(source, signal);
  if (leftOut === 0) return ok('courses', `${visible} visible, all with an idnumber of their category`);
  const share = Math.round((100 * leftOut) / visible);
  const isAll = leftOut === visible;
  return wrong(
    isAll ? 'fault' : 'note',
    'courses',
    `${leftOut} of ${visible} visible courses (${share} %) are left out`,
    {
      means: 'Their category has no idnumber. The results have only courses whose category has one.',
      mend: 'Give these categories an idnumber in Moodle: Site administration, Courses, Manage courses and categories.',
    },
  );
}
