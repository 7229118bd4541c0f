import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePort, installMissing, type Scratch, scratchFolder } from '@etl/local-stack';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { NOBODY } from './dockerfile.ts';
import { documentedTables, loadedTables, openSystem, SMALL_SAMPLE, type System } from './system.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '../../..');
const YESTERDAY = Temporal.Now.plainDateISO('UTC').subtract({ days: 1 }).toString();

let folder: Scratch<string>;
let system: System;

beforeAll(async () => {
  installMissing(['openssl'], (line) => process.stderr.write(`${line}\n`));
  folder = scratchFolder();
  chmodSync(folder.value, 0o755);
  system = await openSystem(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { sample: { ...SMALL_SAMPLE, dates: [YESTERDAY] } },
  );
});

afterAll(async () => {
  await system?.close();
  await folder.remove();
});

/**
 * The commands of "From source", with this machine's values in place of the page's. Throws if one is not in the page.
 */
function commands(ours: Record<string, string>): string {
  const page = readFileSync(path.join(REPOSITORY, 'docs/install.md'), 'utf8');
  const section = page.split('\n## From source\n')[1]?.split('\n## ')[0] ?? '';
  const blocks = [...section.matchAll(/^```bash\n(.*?)^```$/gms)].map(([, block]) => block);
  expect(blocks.length).toBeGreaterThan(4);
  let script = blocks.join('\n');
  for (const [theirs, our] of Object.entries(ours)) {
    expect(script).toContain(theirs);
    script = script.replaceAll(theirs, our);
  }
  return script;
}

/** This machine's settings for the registry. */
function wayOut(): NodeJS.ProcessEnv {
  const names = /^(https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_\w+|npm_config_registry)$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => names.test(name)));
}

it('an ordinary user who follows docs/install.md in an empty folder gets a completed run', async () => {
  const home = path.join(folder.value, 'home');
  const origin = path.join(folder.value, 'user-activity-etl.git');
  execFileSync('git', ['clone', '--quiet', '--bare', REPOSITORY, origin]);
  mkdirSync(home);
  if (NOBODY.uid !== undefined) execFileSync('chown', ['-R', `${NOBODY.uid}:${NOBODY.gid}`, home, origin]);
  const script = commands({
    // The page gives each process a terminal of its own.
    './scripts/pnpm.sh gateway\n': './scripts/pnpm.sh gateway &\n',
    './scripts/pnpm.sh worker\n': './scripts/pnpm.sh worker &\n',
    'https://git.example.edu/user-activity-etl.git': origin,
    'mysql://etl:another-password@db.example.edu:3306/celoeapi': system.warehouseUrl,
    'mysql://etl_reader:a-password@moodle-db.example.edu:3306/moodle': system.sourceUrl,
    'redis://:a-third-password@redis.example.edu:6379': inject('redisUrl'),
    'ETL_TIMEZONE=Asia/Jakarta': [
      'ETL_TIMEZONE=UTC',
      `PORT=${await freePort()}`,
      `ETL_QUEUE_PREFIX=${system.env.ETL_QUEUE_PREFIX}`,
    ].join('\n'),
  });
  const file = path.join(home, 'script');
  writeFileSync(file, `set -e\ntrap 'kill 0' EXIT\n${script}`);
  const output = path.join(folder.value, 'output');
  // The user's Node and pnpm, not those of this repository.
  const env = {
    ...wayOut(),
    HOME: home,
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  };
  const log = openSync(output, 'w');
  const child = spawn('bash', [file], {
    cwd: home,
    env,
    stdio: ['ignore', log, log],
    detached: true,
    ...NOBODY,
  });
  await new Promise((resolve) => child.once('close', resolve));
  const said = readFileSync(output, 'utf8');
  expect(said).toContain('0 faults');
  expect(said).toMatch(new RegExp(`${YESTERDAY}.*completed`));
  expect(await loadedTables(system, YESTERDAY)).toEqual(await documentedTables(system, YESTERDAY));
});
