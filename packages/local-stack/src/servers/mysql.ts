import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import {
  accepts,
  administratorIn,
  type DatabaseServer,
  type DatabaseServerOptions,
  runAs,
  socketPath,
} from './database-server.ts';
import { type UnpackedPackages, unpackDebianPackages } from './debian-packages.ts';
import { freePort, startServer } from './server-process.ts';

/** Debian's stable releases have no MySQL. */
const SUITE = 'unstable';
const PROGRAMS = path.resolve(import.meta.dirname, '../../../../.local/programs/mysql');

/** Downloads MySQL if it is not there. `say` gets one line to show. */
export function installMysql(say: (line: string) => void): UnpackedPackages {
  return unpackDebianPackages({ suite: SUITE, packages: ['mysql-server-core'], folder: PROGRAMS }, say);
}

/** Starts a private MySQL. The administrator's password is a file in the folder. */
export async function startMysql({
  folder,
  port,
  args = [],
}: DatabaseServerOptions): Promise<DatabaseServer> {
  const packages = installMysql(() => {});
  mkdirSync(folder, { recursive: true });
  const temporary = path.join(folder, 'tmp');
  mkdirSync(temporary, { recursive: true });
  createDataFolder(packages, path.join(folder, 'data'));
  const { initFile, urlAt } = administratorIn(
    folder,
    ['localhost', '127.0.0.1'],
    ["ALTER USER 'root'@'localhost' ACCOUNT LOCK;"],
  );
  const listensOn = port ?? (await freePort());
  const address = '127.0.0.1';
  const url = urlAt(address, listensOn);
  const [program, words] = command(packages, path.join(folder, 'data'), [
    `--init-file=${initFile}`,
    `--tmpdir=${temporary}`,
    `--port=${listensOn}`,
    `--bind-address=${address}`,
    `--socket=${socketPath('mysql', address, listensOn)}`,
    `--pid-file=${path.join(folder, 'mysqld.pid')}`,
    '--mysqlx=OFF',
    '--skip-name-resolve',
    '--innodb-buffer-pool-size=512M',
    // A crash of the machine may lose the last second: a sample can be generated again.
    '--innodb-flush-log-at-trx-commit=2',
    '--sync-binlog=0',
    // The binary log is on, as in production, but must not fill the disk.
    '--max-binlog-size=64M',
    '--binlog-expire-logs-seconds=600',
    ...args,
  ]);
  const server = await startServer({
    name: 'mysql',
    folder,
    program,
    args: words,
    isReady: () => accepts(url),
  });
  return Object.assign(server, { url, port: listensOn });
}

function command(packages: UnpackedPackages, data: string, args: string[]): [string, string[]] {
  return packages.command('usr/sbin/mysqld', [
    '--no-defaults',
    ...runAs(),
    `--basedir=${packages.root}/usr`,
    `--lc-messages-dir=${packages.root}/usr/share/mysql`,
    '--secure-file-priv=NULL',
    `--datadir=${data}`,
    ...args,
  ]);
}

function createDataFolder(packages: UnpackedPackages, data: string): void {
  if (existsSync(data)) return;
  // Renamed when complete: an interrupted first start leaves no half-filled folder.
  const draft = `${data}.draft`;
  rmSync(draft, { recursive: true, force: true });
  const ran = spawnSync(...command(packages, draft, ['--initialize-insecure']), { encoding: 'utf8' });
  if (ran.status !== 0)
    throw new Error(`mysqld --initialize failed:\n${ran.stdout}${ran.stderr ?? ran.error}`);
  renameSync(draft, data);
}
