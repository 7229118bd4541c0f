import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import {
  binary,
  freePort,
  type Scratch,
  scratchFolder,
  startMariaDb,
  startRedis,
  waitUntil,
} from '@etl/local-stack';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { type Built, build, commandOf, NOBODY, stageOf } from './dockerfile.ts';
import { openSystem, post, type System } from './system.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '../../..');
const compose = (file: string) =>
  parse(readFileSync(path.join(REPOSITORY, 'docker', file), 'utf8'), { merge: true });

describe('the steps of the Dockerfile, without a container', () => {
  let folder: Scratch<string>;
  let built: Built;
  let system: System;
  const atTheEnd: (() => unknown)[] = [];

  beforeAll(async () => {
    folder = scratchFolder();
    chmodSync(folder.value, 0o755);
    system = await openSystem({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });
    built = await build(folder.value);
  });

  afterAll(async () => {
    for (const end of atTheEnd.toReversed()) await end();
    await system?.close();
    built?.unlock();
    await folder.remove();
  });

  /** Starts a stage's command as another user, in a folder that this user cannot write. */
  function start(app: string, words: string[], env: Record<string, string>) {
    const child = spawn(built.node, words, { cwd: app, env, stdio: ['ignore', 'pipe', 'pipe'], ...NOBODY });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => {
        output += text;
      });
    }
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    atTheEnd.push(() => {
      child.kill();
      return ended;
    });
    return { child, ended, output: () => output };
  }

  const isReady = (port: number, host = '127.0.0.1') =>
    fetch(`http://${host}:${port}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );

  it('the steps of the Dockerfile make a folder that another user can run but not write', async () => {
    const [port, workerPort] = [await freePort(), await freePort()];
    for (const target of ['gateway', 'worker']) {
      start(built.production, commandOf(target).slice(1), {
        ...system.env,
        NODE_ENV: 'production',
        PORT: String(port),
        ETL_WORKER_PORT: String(workerPort),
        BULL_BOARD_PASSWORD: 'a-board-password',
      });
    }
    await waitUntil(() => isReady(port), 'the gateway to be ready');
    await waitUntil(() => isReady(workerPort), 'the worker to be ready');
    const ours = system.api.replace(/:\d+/, `:${port}`);
    const call = async (request: string, init: RequestInit = {}) => {
      const headers = {
        authorization: `Bearer ${system.env.ETL_WEBHOOK_TOKENS?.split(':')[1]}`,
        'content-type': 'application/json',
      };
      return (await (await fetch(`${ours}/${request}`, { ...init, headers })).json()) as {
        data: { etl_status: string };
      };
    };
    await call('run_pipeline', post({ date: '2024-01-15' }));
    await waitUntil(
      async () => (await call('status?date=2024-01-15')).data.etl_status === 'completed',
      'the run to complete',
    );
  });

  it('the image of the gateway serves the dashboard, and has none of its tools', async () => {
    const port = await freePort();
    start(built.production, commandOf('gateway').slice(1), {
      ...system.env,
      NODE_ENV: 'production',
      PORT: String(port),
      BULL_BOARD_PASSWORD: 'a-board-password',
    });
    await waitUntil(() => isReady(port), 'the gateway to be ready');
    const page = await fetch(`http://127.0.0.1:${port}/app/sign-in`);
    const [, script = ''] = /<script [^>]*src="([^"]+)"/.exec(await page.text()) ?? [];
    const file = await fetch(`http://127.0.0.1:${port}${script}`, { headers: { 'accept-encoding': 'br' } });
    expect([page.status, file.status, file.headers.get('content-encoding')]).toEqual([200, 200, 'br']);
    expect(readdirSync(path.join(built.production, 'packages/dashboard'))).toEqual(['dist']);
    for (const tool of ['vite', 'preact', 'playwright-core'])
      expect(existsSync(path.join(built.production, 'node_modules/.pnpm/node_modules', tool)), tool).toBe(
        false,
      );
  });

  it('the production stage has no demo', () => {
    expect(existsSync(path.join(built.production, 'packages/gateway/src/main.ts'))).toBe(true);
    expect(existsSync(path.join(built.production, 'packages/local-stack'))).toBe(false);
    expect(stageOf('runtime')).toContain('COPY --from=production /app ./\n');
    for (const target of ['cli', 'gateway', 'worker']) expect(stageOf(target)).toMatch(/^FROM runtime AS /);
  });

  it('the demo stage fills a sample Moodle on named servers, runs a day, and is reachable from outside', async () => {
    // Its own servers: the names of the demo's databases are fixed, and a developer's demo may use them.
    const mariaDb = await startMariaDb({ folder: path.join(folder.value, 'mariadb') });
    atTheEnd.push(() => mariaDb.stop());
    const redis = await startRedis({ folder: path.join(folder.value, 'redis') });
    atTheEnd.push(() => redis.stop());
    expect(stageOf('demo')).toContain('COPY --from=installed /app ./\nUSER node\n');
    const { environment } = compose('compose.demo.yaml').services.demo;
    const servers: Record<string, string> = {
      LOCAL_STACK_MYSQL_URL: mariaDb.url,
      LOCAL_STACK_REDIS_URL: redis.url,
    };
    expect(Object.keys(environment)).toEqual(Object.keys(servers));

    // The demo may write only here.
    const tmp = path.join(folder.value, 'tmp');
    mkdirSync(tmp);
    if (NOBODY.uid !== undefined) chownSync(tmp, NOBODY.uid, NOBODY.gid);
    const port = await freePort();
    const [, ...words] = commandOf('demo').map((word) =>
      word.replace(/^\/tmp\//, `${tmp}/`).replace(/^8081$/, String(port)),
    );
    expect(words).toEqual(expect.arrayContaining([`${tmp}/demo`, String(port)]));
    const small = ['--courses', '40', '--rows-per-day', '1500'];
    const demo = start(built.demo, [...words, ...small], servers);
    let gone = false;
    void demo.ended.then(() => {
      gone = true;
    });
    await waitUntil(
      async () => gone || demo.output().includes('Ctrl-C stops everything'),
      'the demo to be up',
    );
    expect(demo.output()).toMatch(/Pipeline of 2024-01-15: completed in [\d.]+ s/);
    expect(demo.output()).toMatch(/user_activity_etl: \d+ courses/);
    // Only a process that listens on every interface answers at this address.
    expect(await isReady(port, '127.0.0.2')).toBe(true);
    demo.child.kill('SIGTERM');
    expect(await demo.ended, demo.output()).toBe(0);
  });

  it('images and systemd units start what the scripts of package.json start', () => {
    const { scripts } = JSON.parse(readFileSync(path.join(REPOSITORY, 'package.json'), 'utf8'));
    expect(commandOf('gateway').join(' ')).toBe(scripts.gateway);
    expect(commandOf('worker').join(' ')).toBe(scripts.worker);
    expect(commandOf('demo').slice(0, 2).join(' ')).toBe(scripts.demo);
    for (const unit of ['etl-gateway', 'etl-worker@']) {
      const text = readFileSync(path.join(REPOSITORY, `scripts/systemd/${unit}.service`), 'utf8');
      expect(text).toContain(
        `/node_modules/.bin/${unit.includes('gateway') ? scripts.gateway : scripts.worker}\n`,
      );
    }
  });
});

it('compose.yaml sets existing variables, and mounts the secrets that they are read from', () => {
  const { services, secrets } = compose('compose.yaml');
  const example = readFileSync(path.join(REPOSITORY, '.env.example'), 'utf8');
  const known = new Set([...example.matchAll(/^(?:# )?([A-Z][A-Z_]+)=/gm)].map(([, name]) => name));
  for (const name of ['migrate', 'gateway', 'worker', 'cli']) {
    const { environment, env_file, secrets: given, read_only, cap_drop } = services[name];
    expect({ env_file, read_only, cap_drop }, name).toEqual({
      env_file: ['.env'],
      read_only: true,
      cap_drop: ['ALL'],
    });
    for (const [variable, value] of Object.entries<string>(environment)) {
      expect(known, `${name} ${variable}`).toContain(variable.replace(/_FILE$/, ''));
      if (variable.endsWith('_FILE'))
        expect(given.map((one: string) => `/run/secrets/${one}`)).toContain(value);
    }
    for (const secret of given) expect(Object.keys(secrets)).toContain(secret);
  }
});

/** Runs the commands of docker/README.md that create the secrets, in this folder. */
function makeSecrets(folder: string): void {
  const readme = readFileSync(path.join(REPOSITORY, 'docker/README.md'), 'utf8');
  const [, commands = ''] = /^(mkdir -p secrets\n.*?)^echo ETL_TIMEZONE/ms.exec(readme) ?? [];
  execFileSync('sh', ['-euc', commands], { cwd: folder });
}

it('the commands of docker/README.md create every secret that compose.yaml names', () => {
  const folder = scratchFolder();
  onTestFinished(() => folder.remove());
  makeSecrets(folder.value);
  const { secrets } = compose('compose.yaml');
  const read = (name: string) => readFileSync(path.join(folder.value, 'secrets', name), 'utf8');
  expect(readdirSync(path.join(folder.value, 'secrets')).toSorted()).toEqual(Object.keys(secrets).toSorted());
  for (const name of Object.keys(secrets)) expect(secrets[name]).toEqual({ file: `./secrets/${name}` });
  expect(new URL(read('redis_url')).password).toBe(read('redis_password'));
  expect(new URL(read('etl_database_url')).password).toBe(read('mysql_password'));
  // A start in production checks this.
  expect(read('bull_board_password').length).toBeGreaterThanOrEqual(12);
});

it('the Redis of compose.yaml requires its password, and its health check sends it', async () => {
  const folder = scratchFolder();
  onTestFinished(() => folder.remove());
  makeSecrets(folder.value);
  const port = await freePort();
  const { redis } = compose('compose.yaml').services;
  expect(redis.secrets).toEqual(['redis_password']);
  /** The command as the container's shell gets it, for this machine. */
  const here = (text: string) =>
    text
      .replaceAll('$$', '$')
      .replaceAll('/run/secrets/', `${folder.value}/secrets/`)
      .replace(
        'docker-entrypoint.sh redis-server -',
        `${binary('redis-server')} - --port ${port} --bind 127.0.0.1 --dir ${folder.value}`,
      )
      .replace('redis-cli', `redis-cli -p ${port}`);
  const [shell, ...words] = redis.command.map(here);
  const server = spawn(shell, words, { stdio: 'ignore' });
  const ended = once(server, 'exit');
  onTestFinished(async () => {
    // SIGTERM makes it save its data, and it does not end if its folder is gone.
    server.kill('SIGKILL');
    await ended;
  });
  const [kind, check] = redis.healthcheck.test;
  expect(kind).toBe('CMD-SHELL');
  const isHealthy = async () => spawnSync('sh', ['-c', here(check)]).status === 0;
  await waitUntil(isHealthy, 'the health check to pass');

  const ask = (...login: string[]) =>
    spawnSync('redis-cli', ['-p', String(port), ...login, 'CONFIG', 'GET', 'maxmemory-policy'], {
      encoding: 'utf8',
    }).stdout;
  const { password } = new URL(readFileSync(path.join(folder.value, 'secrets/redis_url'), 'utf8'));
  expect(ask('-a', password)).toBe('maxmemory-policy\nnoeviction\n');
  expect(ask()).toContain('NOAUTH');
  // Every user of the machine can read a process's arguments.
  expect(readFileSync(`/proc/${server.pid}/cmdline`, 'utf8')).not.toContain(password);

  writeFileSync(path.join(folder.value, 'secrets/redis_password'), 'another');
  expect(await isHealthy()).toBe(false);
});

it('no secret gets into an image', () => {
  const ignored = readFileSync(path.join(REPOSITORY, 'docker/Dockerfile.dockerignore'), 'utf8').split('\n');
  // The folder of compose.yaml, with its .env and its secrets.
  expect(ignored).toEqual(expect.arrayContaining(['docker', '**/.env', '.local', '.git']));
});

it('compose.demo.yaml names servers that it starts, with their password, and is reachable from this machine alone', () => {
  const { services } = compose('compose.demo.yaml');
  const { demo, mariadb, redis } = services;
  expect(demo).toMatchObject({
    build: { target: 'demo' },
    read_only: true,
    tmpfs: ['/tmp'],
    cap_drop: ['ALL'],
    ports: ['127.0.0.1:8081:8081'],
  });
  const mysql = new URL(demo.environment.LOCAL_STACK_MYSQL_URL);
  expect(mysql.password).toBe(mariadb.environment.MARIADB_ROOT_PASSWORD);
  expect(Object.keys(services)).toContain(mysql.hostname);
  expect(Object.keys(services)).toContain(new URL(demo.environment.LOCAL_STACK_REDIS_URL).hostname);
  expect(Object.keys(demo.depends_on)).toEqual([
    mysql.hostname,
    new URL(demo.environment.LOCAL_STACK_REDIS_URL).hostname,
  ]);
  for (const server of [mariadb, redis]) {
    expect(server.ports).toBeUndefined();
    expect(server.healthcheck).toBeDefined();
  }
});
