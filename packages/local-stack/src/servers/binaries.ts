import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** The programs of the stack and of its tests, and the Debian packages that bring each. */
const PACKAGES_OF = {
  mariadbd: ['mariadb-server-core'],
  'mariadb-install-db': ['mariadb-server-core'],
  // mariadb-install-db calls it, and Debian ships it with the client.
  my_print_defaults: ['mariadb-client-core'],
  'redis-server': ['redis-server'],
  // A client of the API, as its users write them.
  php: ['php-cli', 'php-curl'],
  // Makes the certificates of servers that are spoken to over TLS.
  openssl: ['openssl'],
  // Networks for tests of a system that is spread over machines.
  ip: ['iproute2'],
  // A Galera cluster, and the proxy before it.
  wsrep_sst_rsync: ['mariadb-server', 'galera-4', 'rsync'],
  mariadb: ['mariadb-client'],
  haproxy: ['haproxy'],
  // Say whether what operators are given is right.
  promtool: ['prometheus'],
  'systemd-analyze': ['systemd'],
} as const;

/** Packages whose programs we want, and not the service that each brings. */
const SERVICE_OF: Record<string, string> = {
  'redis-server': 'redis-server',
  prometheus: 'prometheus',
  'mariadb-server': 'mariadb',
  haproxy: 'haproxy',
};

type Program = keyof typeof PACKAGES_OF;
const SERVERS: readonly Program[] = ['mariadbd', 'mariadb-install-db', 'my_print_defaults', 'redis-server'];

/** Servers live in sbin, which an ordinary user's PATH leaves out. */
const SEARCHED = [...(process.env.PATH ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The full path of a program of this machine, where it is installed. */
export function findProgram(program: string): string | undefined {
  for (const folder of SEARCHED) {
    const file = path.join(folder, program);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // not here
    }
  }
  return undefined;
}

/** The full path of a program of the stack. Throws with what to install where it is missing. */
export function binary(program: Program): string {
  const file = findProgram(program);
  if (file) return file;
  const isServer = SERVERS.includes(program);
  const packages = missingPackages(isServer ? SERVERS : [program]).join(' ');
  throw new Error(
    `${program} is not installed. On Debian or Ubuntu: sudo apt-get install --no-install-recommends ${packages}.${
      isServer
        ? ' Elsewhere install MariaDB 10.6+ and Redis 7+, or name running servers in LOCAL_STACK_MYSQL_URL and LOCAL_STACK_REDIS_URL.'
        : ''
    }`,
  );
}

function missingPackages(programs: readonly Program[]): string[] {
  const missing = programs.filter((program) => !findProgram(program));
  return [...new Set(missing.flatMap((program) => PACKAGES_OF[program]))];
}

/**
 * Installs what is missing of these with apt-get where we may (Debian-like, root); otherwise does nothing, and `binary` says
 * what to install. `say` gets a line for a person.
 */
export function installMissing(programs: readonly Program[], say: (line: string) => void): void {
  const packages = missingPackages(programs);
  if (packages.length === 0 || process.getuid?.() !== 0 || !findProgram('apt-get')) return;
  say(`Installing ${packages.join(', ')} with apt-get …`);
  const restore = forbidServiceStarts();
  try {
    apt(['update']);
    apt(['install', '--yes', '--no-install-recommends', ...packages]);
    // Nor at the next start of the machine.
    for (const name of packages) {
      const service = SERVICE_OF[name];
      if (service && findProgram('systemctl'))
        spawnSync('systemctl', ['disable', service], { stdio: 'ignore' });
    }
  } finally {
    restore();
  }
}

function apt(words: string[]): void {
  const ran = spawnSync('apt-get', ['-q', ...words], {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (ran.status !== 0) {
    throw new Error(`apt-get ${words.join(' ')} failed:\n${ran.stdout ?? ''}${ran.stderr ?? ran.error}`);
  }
}

/** Debian starts a service as soon as it is installed, unless this policy file says no. We want the program only. */
function forbidServiceStarts(): () => void {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) return () => {};
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  return () => rmSync(policy, { force: true });
}
