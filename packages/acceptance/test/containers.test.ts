import { execFile, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { freePort, type Scratch, scratchFolder, waitUntil } from '@etl/local-stack';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { openSystem, post, type System } from './system.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '../../..');
const DOCKERFILE = readFileSync(path.join(REPOSITORY, 'docker/Dockerfile'), 'utf8');
const run = promisify(execFile);

/** Whoever may do nothing. Only root can become somebody else. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** The words of the Dockerfile's CMD of a target. */
function commandOf(target: string): string[] {
  const stage = DOCKERFILE.slice(DOCKERFILE.indexOf(`FROM runtime AS ${target}`));
  return JSON.parse(/^CMD (\[.*\])$/m.exec(stage)?.[1] ?? '');
}

describe('the steps of the Dockerfile, without a container', () => {
  let folder: Scratch<string>;
  let system: System;
  const running: { kill(): void }[] = [];

  beforeAll(async () => {
    folder = scratchFolder();
    chmodSync(folder.value, 0o755);
    system = await openSystem({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });
  });

  afterAll(async () => {
    for (const child of running) child.kill();
    await system?.close();
    chmodSync(path.join(folder.value, 'app'), 0o755);
    await folder.remove();
  });

  it('make a folder from which another user runs gateway and worker, and cannot write to it', async () => {
    const [pruned, app] = [path.join(folder.value, 'pruned'), path.join(folder.value, 'app')];
    const packages = /turbo@[\d.]+ prune (.*) --docker/.exec(DOCKERFILE)?.[1]?.split(' ') ?? [];
    expect(packages).toEqual(['@etl/gateway', '@etl/worker', '@etl/cli']);
    const turbo = path.join(REPOSITORY, 'node_modules/.bin/turbo');
    await run(turbo, ['prune', ...packages, '--docker', '--out-dir', pruned], { cwd: REPOSITORY });
    mkdirSync(app);
    cpSync(path.join(pruned, 'json'), app, { recursive: true });
    await run('pnpm', ['install', '--prod', '--frozen-lockfile'], {
      cwd: app,
      env: { ...process.env, CI: 'true' },
    });
    cpSync(path.join(pruned, 'full'), app, { recursive: true });
    rmSync(path.join(app, 'packages/local-stack'), { recursive: true });
    // A home of root's may not be looked into by others.
    const node = path.join(folder.value, 'node');
    copyFileSync(process.execPath, node);
    chmodSync(node, 0o755);
    chmodSync(app, 0o555);

    const [port, workerPort] = [await freePort(), await freePort()];
    for (const target of ['gateway', 'worker']) {
      const [, ...words] = commandOf(target);
      const env = {
        ...system.env,
        NODE_ENV: 'production',
        PORT: String(port),
        ETL_WORKER_PORT: String(workerPort),
        BULL_BOARD_PASSWORD: 'a-board-password',
      };
      const child = spawn(node, words, { cwd: app, env, stdio: 'ignore', ...NOBODY });
      running.push(child);
    }
    const isLive = async (port: number) =>
      fetch(`http://127.0.0.1:${port}/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    await waitUntil(() => isLive(port), 'the gateway to be ready');
    await waitUntil(() => isLive(workerPort), 'the worker to be ready');
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

  it('start what the repository starts', () => {
    const { scripts } = JSON.parse(readFileSync(path.join(REPOSITORY, 'package.json'), 'utf8'));
    expect(commandOf('gateway').join(' ')).toBe(scripts.gateway);
    expect(commandOf('worker').join(' ')).toBe(scripts.worker);
    for (const unit of ['etl-gateway', 'etl-worker@']) {
      const text = readFileSync(path.join(REPOSITORY, `scripts/systemd/${unit}.service`), 'utf8');
      expect(text).toContain(
        `/node_modules/.bin/${unit.includes('gateway') ? scripts.gateway : scripts.worker}\n`,
      );
    }
  });
});

it('compose.yaml sets variables that there are, and hands out the secrets that they are read from', () => {
  const { services, secrets } = parse(readFileSync(path.join(REPOSITORY, 'docker/compose.yaml'), 'utf8'), {
    merge: true,
  });
  const example = readFileSync(path.join(REPOSITORY, '.env.example'), 'utf8');
  const known = new Set([...example.matchAll(/^(?:# )?([A-Z][A-Z_]+)=/gm)].map(([, name]) => name));
  for (const name of ['migrate', 'gateway', 'worker', 'cli']) {
    const { environment, secrets: given, read_only, cap_drop } = services[name];
    expect({ read_only, cap_drop }, name).toEqual({ read_only: true, cap_drop: ['ALL'] });
    for (const [variable, value] of Object.entries<string>(environment)) {
      expect(known, `${name} ${variable}`).toContain(variable.replace(/_FILE$/, ''));
      if (variable.endsWith('_FILE'))
        expect(given.map((one: string) => `/run/secrets/${one}`)).toContain(value);
    }
    for (const secret of given) expect(Object.keys(secrets)).toContain(secret);
  }
});
