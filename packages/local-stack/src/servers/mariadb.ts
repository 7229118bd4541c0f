import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
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
  /**
   * The machine on which it runs and on whose address it listens. By default it runs here and listens on the loopback
   * interface.
   */
  within?: Machine;
  /** The account that runs the server if this process is root's. Root by default. */
  account?: string;
}

/** Starts a private MariaDB. The administrator's password is a file in the folder. */
export async function startMariaDb({
  folder,
  port,
  within,
  args = [],
  account,
}: MariaDbOptions): Promise<DatabaseServer> {
  mkdirSync(folder, { recursive: true });
  // Not shared: a starting server deletes everything there that looks like a temporary table.
  const temporary = path.join(folder, 'tmp');
  mkdirSync(temporary, { recursive: true });
  createDataFolder(folder);
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
      // A crash of the machine may lose the last second: a sample can be generated again.
      '--innodb-flush-log-at-trx-commit=2',
      ...args,
    ],
    isReady: () => accepts(url),
    within,
    ...(isRoots && account && { account }),
  });
  return Object.assign(server, { url, port: listensOn });
}

function createDataFolder(folder: string): void {
  const data = path.join(folder, 'data');
  if (existsSync(data)) return;
  binary('my_print_defaults');
  // Renamed when complete: an interrupted first start leaves no half-filled folder.
  const draft = `${data}.draft`;
  rmSync(draft, { recursive: true, force: true });
  // The script fails at a blank in a path. This path to the folder has none.
  const links = mkdtempSync(path.join(tmpdir(), 'etl-mariadb-'));
  const link = path.join(links, 'folder');
  symlinkSync(path.resolve(folder), link);
  const ran = spawnSync(
    binary('mariadb-install-db'),
    [
      '--no-defaults',
      ...runAs(),
      `--datadir=${path.join(link, path.basename(draft))}`,
      '--auth-root-authentication-method=socket',
      '--skip-test-db',
      `--tmpdir=${path.join(link, 'tmp')}`,
    ],
    { encoding: 'utf8' },
  );
  rmSync(links, { recursive: true });
  if (ran.status !== 0)
    throw new Error(`mariadb-install-db failed:\n${ran.stdout}${ran.stderr ?? ran.error}`);
  renameSync(draft, data);
}
