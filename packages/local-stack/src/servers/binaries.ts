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
  // For a client of the API in PHP.
  php: ['php-cli', 'php-curl'],
  // For clients of the API in R and Python, and by a shell script.
  Rscript: ['r-base-core', 'r-cran-curl', 'r-cran-jsonlite'],
  python3: ['python3-minimal'],
  curl: ['curl'],
  // Makes and restores backups, with `mysql` beside it.
  mysqldump: ['mariadb-client'],
  // Makes certificates for servers with TLS.
  openssl: ['openssl'],
  // Makes networks of machines.
  ip: ['iproute2'],
  // A Galera cluster and its proxy.
  wsrep_sst_rsync: ['mariadb-server', 'galera-4', 'rsync'],
  mariadb: ['mariadb-client'],
  haproxy: ['haproxy'],
  // Shows the dashboard to its tests.
  chromium: ['chromium', 'fonts-dejavu-core'],
  // Check the files that operators install.
  promtool: ['prometheus'],
  'systemd-analyze': ['systemd'],
} as const;

/** Packages that start a service, which the stack does not want. */
const SERVICE_OF: Record<string, string> = {
  'redis-server': 'redis-server',
  prometheus: 'prometheus',
  'mariadb-server': 'mariadb',
  haproxy: 'haproxy',
};

type Program = keyof typeof PACKAGES_OF;
const SERVERS: readonly Program[] = ['mariadbd', 'mariadb-install-db', 'my_print_defaults', 'redis-server'];

/** Servers are in sbin, which is not in the PATH of an ordinary user. */
const SEARCHED = [...(process.env.PATH ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The full path of a program of this machine, or undefined if it is not installed. */
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

/** The full path of a program of the stack. Throws if it is missing, and names the packages to install. */
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
 * Installs the missing programs with apt-get if this process is root's on a Debian-like system. Otherwise it does
 * nothing, and `binary` names the packages to install. `say` gets one line to show.
 */
export function installMissing(programs: readonly Program[], say: (line: string) => void): void {
  const packages = missingPackages(programs);
  if (packages.length === 0 || process.getuid?.() !== 0 || !findProgram('apt-get')) return;
  say(`Installing ${packages.join(', ')} with apt-get …`);
  const restore = forbidServiceStarts();
  try {
    apt(['update']);
    apt(['install', '--yes', '--no-install-recommends', ...packages]);
    // The service must not start with the machine either.
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

/** Debian starts a service when it installs it, unless this policy file forbids it. */
function forbidServiceStarts(): () => void {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) return () => {};
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  return () => rmSync(policy, { force: true });
}
