import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ConfigError, withSecretFiles } from '../src/index.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'etl-secrets-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

function secret(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

it('a secret can be read from a file, without the line break at its end', () => {
  const env = withSecretFiles({
    PORT: '1',
    REDIS_URL_FILE: secret('redis', 'redis://:pass word@redis\n'),
    ETL_JWT_PUBLIC_KEY_FILE: secret('key', 'two\nlines\n'),
    BULL_BOARD_PASSWORD: '  ',
    BULL_BOARD_PASSWORD_FILE: secret('board', 'secret\r\n'),
  });
  expect(env).toMatchObject({
    PORT: '1',
    REDIS_URL: 'redis://:pass word@redis',
    ETL_JWT_PUBLIC_KEY: 'two\nlines',
    BULL_BOARD_PASSWORD: 'secret',
  });
});

it('one error names unreadable secret files and secrets that are set twice', () => {
  const env = {
    ETL_DATABASE_URL_FILE: path.join(folder, 'nothing'),
    REDIS_URL: 'redis://:hidden@redis',
    REDIS_URL_FILE: secret('twice', 'redis://:hidden@other'),
  };
  const complaint = (() => {
    try {
      withSecretFiles(env);
    } catch (error) {
      return error as ConfigError;
    }
    throw new Error('accepted');
  })();
  expect(complaint).toBeInstanceOf(ConfigError);
  expect(complaint.message).toMatch(/ETL_DATABASE_URL_FILE: ".*nothing" cannot be read: ENOENT/);
  expect(complaint.message).toContain('REDIS_URL and REDIS_URL_FILE are both set');
  expect(complaint.message).not.toContain('hidden');
  expect(complaint.variables).toEqual(['ETL_DATABASE_URL', 'REDIS_URL']);
});

it('only secrets are read from files', () => {
  expect(withSecretFiles({ PORT_FILE: '/nothing' })).toEqual({ PORT_FILE: '/nothing' });
});

const SOURCE = path.resolve(import.meta.dirname, '../src/index.ts');

/** What a process reads that starts in a folder. */
function environmentIn(cwd: string, env: Record<string, string>) {
  const script = `import { readEnvironment } from ${JSON.stringify(SOURCE)};
    const { PORT, ETL_TIMEZONE, OTHER } = readEnvironment();
    console.log(JSON.stringify({ PORT, ETL_TIMEZONE, OTHER: process.env.OTHER }));`;
  const args = ['--input-type=module', '--eval', script];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd, env, encoding: 'utf8' });
  return { read: stdout, complaint: stderr };
}

it('a file .env adds variables to process.env and replaces none', () => {
  secret('.env', 'PORT=1\nETL_TIMEZONE=Asia/Jakarta # here\nOTHER=yes\n');
  const { read } = environmentIn(folder, { PORT: '2' });
  expect(JSON.parse(read)).toEqual({ PORT: '2', ETL_TIMEZONE: 'Asia/Jakarta', OTHER: 'yes' });
});

it('an unreadable file .env is an error', () => {
  const strange = path.join(folder, 'strange');
  mkdirSync(path.join(strange, '.env'), { recursive: true });
  expect(environmentIn(strange, {}).complaint).toContain('The file .env cannot be read: EISDIR');
});
