import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const REPOSITORY = path.resolve(import.meta.dirname, '../../..');
const DOCKERFILE = readFileSync(path.join(REPOSITORY, 'docker/Dockerfile'), 'utf8');
const run = promisify(execFile);

/** The account `nobody`, which has no rights. Only root can change its account. */
export const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** A stage of the Dockerfile: from its FROM to the next. */
export function stageOf(name: string): string {
  const stage = DOCKERFILE.split(/^(?=FROM )/m).find((text) => / AS (\w+)$/m.exec(text)?.[1] === name);
  if (stage === undefined) throw new Error(`The Dockerfile has no stage ${name}`);
  return stage;
}

/** The command of a stage. */
export function commandOf(name: string): string[] {
  return JSON.parse(/^(?:CMD|ENTRYPOINT) (\[.*\])$/m.exec(stageOf(name))?.[1] ?? '[]');
}

/** The results of the Dockerfile's steps: folders, and a Node that every account can run. */
export interface Built {
  /** `/app` of the stages `production` and `demo`. Only their owner can write there. */
  production: string;
  demo: string;
  node: string;
  /** Makes the folders deletable. */
  unlock(): void;
}

async function prune(packages: string[], into: string): Promise<void> {
  const turbo = path.join(REPOSITORY, 'node_modules/.bin/turbo');
  await run(turbo, ['prune', ...packages, '--docker', '--out-dir', into], { cwd: REPOSITORY });
}

/** Runs the steps of the stage `dashboard`. Returns its folder. */
async function buildDashboard(packages: string[], folder: string): Promise<string> {
  const [pruned, repository] = [path.join(folder, 'pruned'), path.join(folder, 'repository')];
  await prune(packages, pruned);
  const stage = stageOf('dashboard');
  const [install = [], build = []] = [...stage.matchAll(/^RUN pnpm (.*)$/gm)].map(([, words = '']) =>
    words.split(' '),
  );
  const pnpm = (words: string[]) =>
    run('pnpm', words, { cwd: repository, env: { ...process.env, CI: 'true' } });
  cpSync(path.join(pruned, 'json'), repository, { recursive: true });
  await pnpm(install);
  cpSync(path.join(pruned, 'full'), repository, { recursive: true });
  for (const [, file = ''] of stage.matchAll(/^COPY (\S+) \.\/$/gm))
    copyFileSync(path.join(REPOSITORY, file), path.join(repository, file));
  await pnpm(build);
  return repository;
}

/** Runs the steps of the Dockerfile in a folder, without a container. */
export async function build(folder: string): Promise<Built> {
  const [pruned, demo, production] = ['pruned', 'demo', 'production'].map((name) =>
    path.join(folder, name),
  ) as [string, string, string];
  const [packages = [], page = []] = [...stageOf('pruned').matchAll(/turbo@[\d.]+ prune (.*) --docker/g)].map(
    ([, names = '']) => names.split(' '),
  );
  await prune(packages, pruned);
  mkdirSync(demo);
  cpSync(path.join(pruned, 'json'), demo, { recursive: true });
  const [, ...install] = /^RUN (pnpm install .*)$/m.exec(stageOf('installed'))?.[1]?.split(' ') ?? [];
  await run('pnpm', install, { cwd: demo, env: { ...process.env, CI: 'true' } });
  cpSync(path.join(pruned, 'full'), demo, { recursive: true });
  const dashboard = await buildDashboard(page, path.join(folder, 'dashboard'));
  const [, from = '', into = ''] =
    /^COPY --from=dashboard \/repository\/(\S+) (\S+)$/m.exec(stageOf('installed')) ?? [];
  cpSync(path.join(dashboard, from), path.join(demo, into), { recursive: true });
  cpSync(demo, production, { recursive: true, verbatimSymlinks: true });
  for (const [, removed = ''] of stageOf('production').matchAll(/^RUN rm -rf (\S+)$/gm))
    rmSync(path.join(production, removed), { recursive: true });
  // Other accounts cannot read root's home.
  const node = path.join(folder, 'node');
  copyFileSync(process.execPath, node);
  chmodSync(node, 0o755);
  for (const app of [demo, production]) chmodSync(app, 0o555);
  const unlock = () => {
    for (const app of [demo, production]) chmodSync(app, 0o755);
  };
  return { production, demo, node, unlock };
}
