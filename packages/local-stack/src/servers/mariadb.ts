import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { createConnection } from 'mysql2/promise';
import { binary } from './binaries.ts';
import type { Machine } from './network.ts';
import { freePort, type ServerProcess, startServer } from './server-process.ts';

export interface MariaDb extends ServerProcess {
  /** `mysql://` address of the server's administrator, without a database. */
  url: string;
  port: number;
}

export interface MariaDbOptions {
  /** Everything the server writes is in here; created on first use and kept. */
  folder: string;
  /** A free one where none is given. */
  port?: number;
  /** A machine of its own, on whose address it listens for all others. This one, and its loopback interface, where none is given. */
  within?: Machine;
  /** Further arguments of mariadbd. */
  args?: string[];
}

/** Starts a private MariaDB with an administrator whose password only the folder knows. */
export async function startMariaDb({ folder, port, within, args = [] }: MariaDbOptions): Promise<MariaDb> {
  mkdirSync(folder, { recursive: true });
  createDataFolder(path.join(folder, 'data'));
  // Its own: a server that starts deletes what looks like temporary tables there, also those of its neighbours.
  const temporary = path.join(folder, 'tmp');
  mkdirSync(temporary, { recursive: true });
  const password = passwordKeptIn(path.join(folder, 'password'));
  const initFile = path.join(folder, 'init.sql');
  writeFileSync(
    initFile,
    (within ? ['%'] : ['localhost', '127.0.0.1'])
      .flatMap((host) => [
        `CREATE USER IF NOT EXISTS 'etl_admin'@'${host}';`,
        `ALTER USER 'etl_admin'@'${host}' IDENTIFIED BY '${password}';`,
        `GRANT ALL PRIVILEGES ON *.* TO 'etl_admin'@'${host}' WITH GRANT OPTION;`,
      ])
      .concat("ALTER USER 'root'@'localhost' IDENTIFIED VIA unix_socket;")
      .join('\n'),
    { mode: 0o600 },
  );
  const listensOn = port ?? (await freePort());
  const address = within?.address ?? '127.0.0.1';
  const url = `mysql://etl_admin:${password}@${address}:${listensOn}`;
  const server = await startServer({
    name: 'mariadb',
    folder,
    program: binary('mariadbd'),
    args: [
      '--no-defaults',
      ...runAs(),
      `--datadir=${path.join(folder, 'data')}`,
      `--init-file=${initFile}`,
      `--tmpdir=${temporary}`,
      `--port=${listensOn}`,
      `--bind-address=${address}`,
      `--socket=${socketPath(address, listensOn)}`,
      '--skip-name-resolve',
      '--character-set-server=utf8mb4',
      '--innodb-buffer-pool-size=512M',
      // A sample can be generated again: a crash of the machine may cost the last second.
      '--innodb-flush-log-at-trx-commit=2',
      ...args,
    ],
    isReady: () => answers(url),
    within,
  });
  return Object.assign(server, { url, port: listensOn });
}

async function answers(url: string): Promise<boolean> {
  try {
    const connection = await createConnection({ uri: url, connectTimeout: 1000 });
    await connection.end();
    return true;
  } catch {
    return false;
  }
}

/** MariaDB runs as root only where it is told to by name. */
function runAs(): string[] {
  return process.getuid?.() === 0 ? [`--user=${userInfo().username}`] : [];
}

/** Not in the data folder: the path of a socket has a limit of some 100 characters. */
function socketPath(address: string, port: number): string {
  return path.join(tmpdir(), `etl-mariadb-${address}-${port}.sock`);
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

function passwordKeptIn(file: string): string {
  if (!existsSync(file)) writeFileSync(file, randomBytes(18).toString('hex'), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}
