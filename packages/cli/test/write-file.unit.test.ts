import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FILE_FORMATS, LISTED_COURSES, type Pages, type Table } from '@etl/files';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeFile } from '../src/write-file.ts';

let folder: string;
let output: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'etl-write-'));
  output = path.join(folder, 'figures');
  writeFileSync(output, 'the former file');
});

afterEach(() => rmSync(folder, { recursive: true }));

const table: Table<number> = {
  columns: LISTED_COURSES.columns,
  cellsOf: (id) => ({ moodle_course_id: id, course_name: `Course ${id}` }),
};

const page = Array.from({ length: 1000 }, (_, id) => id);

const write = (format: (typeof FILE_FORMATS)[number], pages: Pages<number>) =>
  writeFile(output, format, { table, pages, about: [] }, 20_000);

it.each(FILE_FORMATS)('a %s file stands under its name when it is complete', async (format) => {
  await write(
    format,
    (async function* () {
      yield page;
      expect(readFileSync(output, 'utf8')).toBe('the former file');
    })(),
  );
  expect(readdirSync(folder)).toEqual(['figures']);
  expect(readFileSync(output, 'utf8')).not.toBe('the former file');
});

it.each(FILE_FORMATS)(
  'a %s file that fails halfway leaves the former file and nothing else',
  async (format) => {
    const failing = (async function* () {
      for (let pages = 0; pages < 12; pages++) yield page;
      throw new Error('lost');
    })();
    await expect(write(format, failing)).rejects.toThrow('lost');
    expect(readdirSync(folder)).toEqual(['figures']);
    expect(readFileSync(output, 'utf8')).toBe('the former file');
  },
);

it.each([0o600, 0o664, 0o666])('a file that is replaced keeps its mode: %o', async (mode) => {
  chmodSync(output, mode);
  await write(
    'csv',
    (async function* () {
      yield page;
      const modes = readdirSync(folder).map((file) => statSync(path.join(folder, file)).mode & 0o777);
      for (const own of modes) expect(own & ~mode).toBe(0);
    })(),
  );
  expect(readFileSync(output, 'utf8')).not.toBe('the former file');
  expect(statSync(output).mode & 0o777).toBe(mode);
});

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('a command that %s ends leaves the former file and nothing else', async (signal, code) => {
  const module = path.resolve(import.meta.dirname, '../src/write-file.ts');
  const program = `
    import { writeFile } from ${JSON.stringify(module)};
    const table = { columns: [], cellsOf: () => ({}) };
    async function* pages() {
      yield [1];
      console.log('half');
      await new Promise((resolve) => setTimeout(resolve, 2 ** 30));
    }
    await writeFile(${JSON.stringify(output)}, 'csv', { table, pages: pages(), about: [] }, 2);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  expect(readdirSync(folder)).toHaveLength(2);
  child.kill(signal);
  expect(await once(child, 'exit')).toEqual([code, null]);
  expect(readdirSync(folder)).toEqual(['figures']);
  expect(readFileSync(output, 'utf8')).toBe('the former file');
});

it('what is no file stays what it is, and a link still leads to the file', async () => {
  const none = (async function* () {})();
  const at = (name: string) => path.join(folder, name);
  execFileSync('mkfifo', [at('pipe')]);
  mkdirSync(at('folder'));
  for (const name of ['pipe', 'folder']) {
    const content = { table, pages: none, about: [] };
    await expect(writeFile(at(name), 'csv', content, 0)).rejects.toThrow(`${at(name)} is no file`);
  }
  expect(statSync(at('pipe')).isFIFO()).toBe(true);
  await expect(writeFile(at('no/such'), 'csv', { table, pages: none, about: [] }, 0)).rejects.toThrow(
    `The folder ${at('no')} does not exist`,
  );
  symlinkSync(output, at('link'));
  const one = (async function* () {
    yield page;
  })();
  await writeFile(at('link'), 'csv', { table, pages: one, about: [] }, 1000);
  expect(lstatSync(at('link')).isSymbolicLink()).toBe(true);
  expect(readFileSync(output, 'utf8')).not.toBe('the former file');
  expect(readdirSync(folder).toSorted()).toEqual(['figures', 'folder', 'link', 'pipe']);
});
