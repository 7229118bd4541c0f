import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { createConnection } from 'mysql2/promise';
import type { ServerProcess } from './server-process.ts';

/** A private MariaDB or MySQL. */
export interface DatabaseServer extends ServerProcess {
  /** `mysql://` address of the server's administrator, without a database. */
  url: string;
  port: number;
}

export interface DatabaseServerOptions {
  /** The server writes only in here. It is created on first use and kept. */
  folder: string;
  /** A free one by default. */
  port?: number;
  /** Further arguments of the server. */
  args?: string[];
}

/** The administrator of a private server. Its password is a file in the server's folder. */
export interface Administrator {
  /** The file of statements that create the account, for `--init-file`. */
  initFile: string;
  urlAt(address: string, port: number): string;
}

/** Writes the statements that create the administrator for these client hosts, and `more` statements. */
export function administratorIn(
  folder: string,
  hosts: readonly string[],
  more: readonly string[],
): Administrator {
  const password = passwordKeptIn(path.join(folder, 'password'));
  const initFile = path.join(folder, 'init.sql');
  const statements = hosts.flatMap((host) => [
    `CREATE USER IF NOT EXISTS 'etl_admin'@'${host}';`,
    `ALTER USER 'etl_admin'@'${host}' IDENTIFIED BY '${password}';`,
    `GRANT ALL PRIVILEGES ON *.* TO 'etl_admin'@'${host}' WITH GRANT OPTION;`,
  ]);
  writeFileSync(initFile, [...statements, ...more].join('\n'), { mode: 0o600 });
  return { initFile, urlAt: (address, port) => `mysql://etl_admin:${password}@${address}:${port}` };
}

/** Whether the server accepts a connection at the address. */
export async function accepts(url: string): Promise<boolean> {
  try {
    const connection = await createConnection({ uri: url, connectTimeout: 1000 });
    await connection.end();
    return true;
  } catch {
    return false;
  }
}

/** Both servers refuse to run as root unless an argument names the account. */
export function runAs(): string[] {
  return process.getuid?.() === 0 ? [`--user=${userInfo().username}`] : [];
}

/** Not in the data folder: the path of a socket must have fewer than 108 characters. */
export function socketPath(kind: string, address: string, port: number): string {
  return path.join(tmpdir(), `etl-${kind}-${address}-${port}.sock`);
}

function passwordKeptIn(file: string): string {
  if (!existsSync(file)) writeFileSync(file, randomBytes(18).toString('hex'), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}
