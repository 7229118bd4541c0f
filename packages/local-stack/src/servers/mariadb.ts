import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { binary } from './binaries.ts';
import {
  accepts,
  administratorIn,
  type DatabaseServer,
  type DatabaseServerOptions,
  runAs,
  socketPath,
} from './database-server.ts';
import type { Machine } from './network.ts';
import { freePort, startServer } from './server-process.ts';

export interface MariaDbOptions extends DatabaseServerOptions {
  /** A machine of its own, on whose address it listens for all others. This one, and its loopback interface, where none is given. */
  within?: Machine;
  /** The account as which the server runs if this process is root's. Root if none is given. */
  account?: string;
}

/** Starts a private MariaDB with an administrator whose password only the folder knows. */
export async function startMariaDb({
  folder,
  port,
  within,
  args = [],
  account,
}: MariaDbOptions): Promise<DatabaseServer> {
  mkdirSync(folder, { recursive: true });
  createDataFolder(path.join(folder, 'data'));
  // Its own: a server that starts deletes what looks like temporary tables there, also those of its neighbours.
  const temporary = path.join(folder, 'tmp');
  mkdirSync(temporary, { recursive: true });
  const { initFile, urlAt } = administratorIn(folder, within ? ['%'] : ['localhost', '127.0.0.1'], [
    "ALTER USER 'root'@'localhost' IDENTIFIED VIA unix_socket;",
  ]);
  const listensOn = port ?? (await freePort());
  const isRoots = process.getuid?.() === 0;
  if (isRoots && account) execFileSync('chown', ['-R', account, folder]);
  const address = within?.address ?? '127.0.0.1';
  const url = urlAt(address, listensOn);
  const server = await startServer({
    name: 'mariadb',
    folder,
    program: binary('mariadbd'),
    args: [
      '--no-defaults',
      ...(account ? [] : runAs()),
      `--datadir=${path.join(folder, 'data')}`,
      `--init-file=${initFile}`,
      `--tmpdir=${temporary}`,
      `--port=${listensOn}`,
      `--bind-address=${address}`,
      `--socket=${socketPath('mariadb', address, listensOn)}`,
      '--skip-name-resolve',
      '--character-set-server=utf8mb4',
      '--innodb-buffer-pool-size=512M',
      // A sample can be generated again: a crash of the machine may cost the last second.
      '--innodb-flush-log-at-trx-commit=2',
      ...args,
    ],
    isReady: () => accepts(url),
    within,
    ...(isRoots && account && { account }),
  });
  return Object.assign(server, { url, port: listensOn });
}

function createDataFolder(data: string): void {
  if (existsSync(data)) return;
  binary('my_print_defaults');
  // Made beside and renamed when complete, so that an interrupted first start leaves nothing half-made.
  const draft = `${data}.draft`;
  rmSync(draft, { recursive: true, force: true });
  const ran = spawnSync(
    binary('mariadb-install-db'),
    [
      '--no-defaults',
      ...runAs(),
      `--datadir=${draft}`,
      '--auth-root-authentication-method=socket',
      '--skip-test-db',
    ],
    { encoding: 'utf8' },
  );
  if (ran.status !== 0)
    throw new Error(`mariadb-install-db failed:\n${ran.stdout}${ran.stderr ?? ran.error}`);
  renameSync(draft, data);
}
