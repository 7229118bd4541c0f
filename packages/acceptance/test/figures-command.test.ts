import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { withConnection } from '@etl/local-stack';
import { parse } from 'csv-parse/sync';
import stringWidth from 'string-width';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openSystem, type System, TOKEN } from './system.ts';

const MAIN = path.resolve(import.meta.dirname, '../../cli/src/main.ts');
const [FROM, DATE] = ['2024-01-13', '2024-01-15'];
const TODAY = Temporal.Now.plainDateISO('UTC').toString();

/** Names that would break a row, command a terminal or be calculated by a spreadsheet. */
const NAMES = ['漢字'.repeat(40), 'Two\nlines and \u001b[31mred', '=1+1; "quoted"', '\u202eevil'];

let system: System;

beforeAll(async () => {
  system = await openSystem({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });
  await withConnection(system.sourceUrl, async (connection) => {
    const [courses] = await connection.query('SELECT id FROM mdl_course WHERE id > 1 ORDER BY id LIMIT 4');
    for (const [index, { id }] of (courses as { id: number }[]).entries()) {
      await connection.query('UPDATE mdl_course SET fullname = ? WHERE id = ?', [NAMES[index], id]);
    }
  });
  await silence(DATE);
  await system.startWorker();
  await system.startGateway();
  expect(await system.etl('backfill', FROM, DATE)).toMatchObject({ code: 0 });
  // Provisional figures are newer than the final ones.
  expect(await system.etl('pipeline', TODAY)).toMatchObject({ code: 0 });
});

afterAll(() => system?.close());

/** Deletes the log of a date of the course that had the most views on the day before. */
async function silence(date: string): Promise<void> {
  const start = Date.parse(`${date}T00:00:00Z`) / 1000;
  await withConnection(system.sourceUrl, async (connection) => {
    const [rows] = await connection.query(
      `SELECT courseid FROM mdl_logstore_standard_log
       WHERE timecreated BETWEEN ? AND ? AND action = 'viewed' AND contextlevel = 70
         AND component = 'mod_quiz' AND courseid > 5
       GROUP BY courseid ORDER BY COUNT(*) DESC LIMIT 1`,
      [start - 86_400, start - 1],
    );
    const [busy] = rows as { courseid: number }[];
    await connection.query(
      'DELETE FROM mdl_logstore_standard_log WHERE courseid = ? AND timecreated >= ? AND timecreated < ?',
      [busy?.courseid, start, start + 86_400],
    );
  });
}

interface Printed {
  out: string;
  /** What the command says to the person, apart from its output. */
  said: string;
  code: number;
}

/** Runs a command of a shell. */
async function run(command: string, args: string[], env: Record<string, string> = {}): Promise<Printed> {
  const child = spawn(command, args, {
    cwd: system.folder,
    env: { PATH: process.env.PATH ?? '', ...system.env, ...env },
  });
  const [out, said, [code]] = await Promise.all([
    buffer(child.stdout),
    buffer(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ]);
  return { out: out.toString(), said: said.toString(), code };
}

const inPipe = (...args: string[]) => run(process.execPath, [MAIN, ...args]);

function onTerminal(columns: number, ...args: string[]): Promise<Printed> {
  const words = [process.execPath, MAIN, ...args].map((word) => `'${word}'`).join(' ');
  const env = { TERM: 'xterm-256color', NO_COLOR: '1' };
  return run(
    'script',
    ['--quiet', '--return', '--command', `stty cols ${columns}; ${words}`, '/dev/null'],
    env,
  );
}

/** The words of each line of a table, the last of which can contain blanks. */
function cellsOf(out: string): string[][] {
  const [headings = '', ...lines] = out.trimEnd().split('\n');
  const columns = headings.trim().split(/ +/).length;
  return lines.map((line) => {
    const words = line.trimStart().split(/ +/);
    return [...words.slice(0, columns - 1), words.slice(columns - 1).join(' ')];
  });
}

const KINDS = 'file_views, video_views, forum_views, quiz_views, assignment_views, url_views';

describe('results', () => {
  it('results without a date show the most viewed courses of the newest final date, and say which it is', async () => {
    const { out, said, code } = await inPipe('results');
    const rows = await system.rows(
      `SELECT moodle_course_id, num_students, num_teachers, ${KINDS}, total_views,
         COALESCE(avg_activity_per_student_per_day, '-') AS average, course_name
       FROM user_activity_etl WHERE extraction_date = ? ORDER BY total_views DESC, id LIMIT 20`,
      [DATE],
    );
    const plain = (text: string) =>
      text.replaceAll('\n', ' ').replaceAll('\u001b', ' ').replaceAll('\u202e', '');
    expect(rows).toHaveLength(20);
    expect(cellsOf(out)).toEqual(rows.map((row) => Object.values(row).map(String).map(plain)));
    expect(said).toMatch(/^2024-01-15, the newest final date, enrolments as of [-\d]+ [:\d]+\n/);
    expect(said).toMatch(/\n20 of \d+ courses. --limit all shows all.\n$/);
    expect(code).toBe(0);
  });

  it('results as CSV are the bytes of an export, and as JSON the answer of the API', async () => {
    const { out } = await inPipe('results', DATE, '--csv');
    const exported = await fetch(`${system.api}/export?format=csv&limit=all&date=${DATE}`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect(out).toBe(Buffer.from(await exported.arrayBuffer()).toString());
    const { body } = await system.call(`results/${DATE}`);
    const { next_cursor: _, ...answer } = body;
    const { out: json, said } = await inPipe('results', DATE, '--json');
    expect(JSON.parse(json)).toEqual({ ...answer, timestamp: expect.any(String) });
    expect(said).toBe('');
  });

  it('results of a date that has not ended are provisional, and there are none of a date that never completed', async () => {
    expect(await inPipe('results', TODAY)).toMatchObject({
      code: 0,
      said: expect.stringContaining(`${TODAY}, provisional: extracted before the day had ended`),
    });
    const message = 'No run of 2024-01-10 has completed. To run it: etl pipeline 2024-01-10';
    expect(await inPipe('results', '2024-01-10')).toEqual({ code: 2, out: '', said: `Error: ${message}\n` });
    const { out, code } = await inPipe('results', '2024-01-10', '--json');
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ status: false, code: 'NOT_FOUND', error: message });
  });
});

describe('summary', () => {
  it('a summary shows the most viewed groups first, with the sums of their rows and the dates without figures', async () => {
    const { out, said } = await inPipe('summary', '2024-01-10', '--by', 'directorate');
    const groups = await system.rows(
      `SELECT top.name, COUNT(DISTINCT moodle_course_id) AS courses, SUM(total_views) AS views
       FROM user_activity_etl JOIN course_categories_etl AS top
         ON top.depth = 1 AND CONCAT(category_path, '/') LIKE CONCAT(top.path, '/%')
       WHERE extraction_date BETWEEN '2024-01-10' AND ? GROUP BY top.id, top.name ORDER BY views DESC`,
      [DATE],
    );
    expect(groups.length).toBeGreaterThan(1);
    const shown = cellsOf(out).map((cells) => [cells.at(-1), cells[0], cells[9]]);
    for (const cells of cellsOf(out)) expect(cells[10]).toMatch(/^\d+\.\d\d$/);
    expect(shown).toEqual(groups.map(({ name, courses, views }) => [name, String(courses), String(views)]));
    expect(said).toContain('2024-01-10 to 2024-01-15: 6 days, up to the newest final date\n');
    expect(said).toContain('Missing, so not in the figures: 2024-01-10, 2024-01-11, 2024-01-12\n');
    const views = groups.reduce((sum, group) => sum + Number(group.views), 0);
    expect(said).toMatch(new RegExp(`^Together: \\d+ courses, \\d+ enrolments, ${views} views.$`, 'm'));
  });

  it.each(['course', 'unit', 'directorate', 'day'])(
    'a summary by %s as JSON is the answer of the API, and as CSV has the same groups',
    async (by) => {
      const [category] = await system.rows('SELECT id FROM course_categories_etl WHERE depth = 1 LIMIT 1');
      const query = `from=${FROM}&to=${DATE}&group_by=${by}&category=${category?.id}&sort=name&order=desc`;
      const { body } = await system.call<{ data: object[] }>(`summary?${query}`);
      const command = ['summary', FROM, DATE, '--by', by, '--category', String(category?.id)];
      const sorted = [...command, '--sort', 'name', '--order', 'desc'];
      const json = JSON.parse((await inPipe(...sorted, '--json')).out);
      expect(body.data).not.toEqual([]);
      expect(json).toEqual({ ...body, limit: null, timestamp: expect.any(String) });
      const records = parse((await inPipe(...sorted, '--csv')).out, { columns: true, bom: true });
      expect(records).toEqual(body.data.map(record));
    },
  );

  /** A group as a record of CSV. */
  function record(group: object): object {
    const fields = Object.entries(group).flatMap(([name, value]) =>
      ['directorate', 'unit'].includes(name)
        ? ['id', 'idnumber', 'name'].map((field) => [`${name}_${field}`, value?.[field]])
        : [[name, value]],
    );
    // In a spreadsheet the name of a course is no formula.
    const text = (value: unknown) => String(value ?? '').replace(/^=/, "'=");
    return Object.fromEntries(fields.map(([name, value]) => [name, text(value)]));
  }

  it('without dates a summary is of the 28 days that end at the newest final date', async () => {
    const { out } = await inPipe('summary', '--by', 'day', '--json');
    expect(JSON.parse(out)).toMatchObject({ from: '2023-12-19', to: DATE });
  });
});

describe('courses', () => {
  it('courses that fell silent are those with views in the 28 days before, and none in the dates', async () => {
    const { out, said } = await inPipe('courses', DATE, DATE, '--filter', 'silent', '--limit', 'all');
    const silent = await system.rows(
      `SELECT moodle_course_id AS id FROM user_activity_etl AS own
       WHERE extraction_date = ? AND total_views = 0 AND EXISTS (
         SELECT * FROM user_activity_etl AS before_it
         WHERE before_it.moodle_course_id = own.moodle_course_id AND before_it.total_views > 0
           AND before_it.extraction_date BETWEEN '2023-12-18' AND '2024-01-14')`,
      [DATE],
    );
    expect(silent).not.toEqual([]);
    const ids = cellsOf(out).map(([id]) => id);
    expect(ids.toSorted()).toEqual(silent.map(({ id }) => String(id)).toSorted());
    expect(said).toContain('2024-01-15 to 2024-01-15: 1 day\n');
  });

  it('the courses that fell most come first, with their change', async () => {
    const { out, said } = await inPipe('courses', DATE, DATE, '--filter', 'falling', '--limit', 'all');
    const falling = await system.rows(
      `SELECT own.moodle_course_id AS id,
         CONCAT(FORMAT(100 * ROUND(own.total_views / other.total_views - 1, 4), 1), '%') AS fall
       FROM user_activity_etl AS own JOIN user_activity_etl AS other USING (moodle_course_id)
       WHERE own.extraction_date = ? AND other.extraction_date = '2024-01-14'
         AND own.total_views < other.total_views
       ORDER BY own.total_views / other.total_views, own.moodle_course_id`,
      [DATE],
    );
    expect(falling).not.toEqual([]);
    expect(cellsOf(out).map(([id, , , change]) => ({ id: Number(id), fall: change }))).toEqual(falling);
    expect(said).toContain('Compared with 2024-01-14 to 2024-01-14\n');
    const none = await inPipe('courses', DATE, DATE, '--search', 'no such name');
    expect(cellsOf(none.out)).toEqual([]);
    expect(none.said).toMatch(/\nThere are no such courses.\n$/);
  });

  it('courses as JSON are the answer of the API, and as CSV the same courses', async () => {
    const query = `from=${FROM}&to=${DATE}&compare=previous&sort=name&q=topics&limit=500`;
    const { body } = await system.call<{ data: Record<string, unknown>[] }>(`courses?${query}`);
    const { next_cursor: _, ...answer } = body as typeof body & { next_cursor: null };
    const command = ['courses', FROM, DATE, '--compare', 'previous', '--sort', 'name', '--search', 'topics'];
    const json = JSON.parse((await inPipe(...command, '--json')).out);
    expect(body.data).not.toEqual([]);
    expect(json).toEqual({ ...answer, limit: null, timestamp: expect.any(String) });
    // A table has the greatest fall first. A file has the order of the API.
    const fallen = await system.call<typeof body>(`courses?from=${DATE}&to=${DATE}&filter=falling&limit=500`);
    const printed = await inPipe('courses', DATE, DATE, '--filter', 'falling', '--json');
    expect(JSON.parse(printed.out).data).toEqual(fallen.body.data);
    const records = parse<Record<string, string>>((await inPipe(...command, '--csv')).out, {
      columns: true,
      bom: true,
    });
    const shown = body.data.map((course) => [
      String(course.moodle_course_id),
      String(course.total_views),
      (course.weekly as (number | null)[]).map((views) => String(views ?? '')),
    ]);
    expect(
      records.map((one) => [
        one.moodle_course_id,
        one.total_views,
        Array.from({ length: 12 }, (_, week) => one[`weekly_${week + 1}`]),
      ]),
    ).toEqual(shown);
  });
});

it.each([
  [['courses', '--filter', 'silnt'], 'Did you mean silent?'],
  [['results', '2024-02-30'], '"2024-02-30" is not a date in the form YYYY-MM-DD'],
  [['summary', '2024-01-16', '2024-01-15'], 'from: 2024-01-16 is after 2024-01-15'],
  [['summary', '2020-01-01', '2024-01-15'], 'are 1476 dates; a call reads 1100 at most'],
  [['summary', '--category', '999999'], '"999999" is no category that you can read'],
  [['summary', '--by', 'unitt'], 'It takes course, unit, directorate, day. Did you mean unit?'],
  [['summary', '--sort', 'total_view'], 'Did you mean total_views?'],
  [['results', '--csv', '--json'], "option '--json' cannot be used with option '--csv'"],
  [['results', '--limit', '0'], 'It takes a whole number or all.'],
  [['results', '--limt', '3'], '(Did you mean --limit?)'],
  [
    ['scheduler_data', '--status', 'faild'],
    'It takes queued, running, completed, failed, or their codes. Did you mean failed?',
  ],
  [['sumary'], '(Did you mean summary?)'],
])('%j exits with 2 and says what is wrong: %s', async (args, message) => {
  const { code, out, said } = await inPipe(...args);
  expect(said).toContain(message);
  expect({ code, out }).toEqual({ code: 2, out: '' });
});

it('on a terminal every line of a table fits, and names are cut', async () => {
  const commands = [['results'], ['summary', '--by', 'unit'], ['courses'], ['status'], ['scheduler_data']];
  for (const columns of [30, 80]) {
    for (const args of commands) {
      const { out } = await onTerminal(columns, ...args);
      const lines = out.split(/\r?\n/);
      const start = lines.findIndex((line) => /^ *(id|courses|enrolments|views|batch|date) /.test(line));
      const end = lines.findIndex((line, index) => index > start && line.startsWith('(Too narrow for'));
      const table = lines.slice(start, end);
      expect(start).toBeGreaterThanOrEqual(0);
      expect(table.length).toBeGreaterThan(3);
      for (const line of table) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
    }
  }
  expect((await onTerminal(80, 'results')).out).toMatch(/[漢字]…\r?\n/);
});

it('scheduler_data takes a status in words, too', async () => {
  const byWord = await inPipe('scheduler_data', '--status', 'completed');
  expect(byWord).toEqual(await inPipe('scheduler_data', '--status', '1'));
  expect(cellsOf(byWord.out)).toHaveLength(12);
  expect(cellsOf((await inPipe('scheduler_data', '--status', 'failed')).out)).toEqual([]);
});

it('a run can be named by the beginning of its id, if no other run has it', async () => {
  const [run] = await system.rows('SELECT run_id FROM log_scheduler WHERE extraction_date = ?', [DATE]);
  const id: string = run?.run_id;
  const nothing = { code: 2, said: `Error: Nothing of run ${id} has failed\n` };
  expect(await inPipe('retry', id)).toMatchObject(nothing);
  // As a narrow table shows it.
  expect(await inPipe('retry', `${id.slice(0, 8)}…`)).toMatchObject(nothing);
  expect(await inPipe('cancel', 'abcdef01')).toMatchObject({
    code: 2,
    said: 'Error: There is no run abcdef01. etl scheduler_data shows the runs\n',
  });
  await system.rows("UPDATE log_scheduler SET run_id = CONCAT('abcdef01', SUBSTRING(run_id, 9))");
  expect(await inPipe('cancel', 'abcdef01')).toMatchObject({
    code: 2,
    said: 'Error: Several runs begin with abcdef01. Give more letters of the id\n',
  });
});
