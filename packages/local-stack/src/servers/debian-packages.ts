import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findProgram } from './binaries.ts';

/** Signs the releases of Debian. */
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Packages of another Debian release, unpacked into a folder. The machine itself does not change. */
export interface UnpackedPackages {
  /** The folder that stands for `/`. */
  root: string;
  /** The command that runs one of its programs (`usr/sbin/mysqld`) with its own libraries, C library included. */
  command(program: string, args: string[]): [string, string[]];
}

/**
 * Downloads packages of a suite with their dependencies and unpacks them into `folder`, unless they are there. Needs
 * apt and dpkg, but no root and no container. `say` gets one line to show.
 */
export function unpackDebianPackages(
  { suite, packages, folder }: { suite: string; packages: readonly string[]; folder: string },
  say: (line: string) => void,
): UnpackedPackages {
  if (!existsSync(folder)) {
    for (const needed of ['apt-get', 'dpkg-deb', KEYRING]) {
      if (findProgram(needed) || existsSync(needed)) continue;
      throw new Error(
        `${needed} is missing, so ${packages.join(', ')} of Debian ${suite} cannot be unpacked. ` +
          'On Debian or Ubuntu: sudo apt-get install dpkg debian-archive-keyring. Elsewhere name a running server in LOCAL_STACK_MYSQL_URL.',
      );
    }
    say(`Downloading ${packages.join(', ')} of Debian ${suite} into ${folder} …`);
    // Renamed when complete: an interrupted download leaves no half-filled folder.
    const draft = `${folder}.draft`;
    rmSync(draft, { recursive: true, force: true });
    for (const archive of download(path.join(draft, 'apt'), suite, packages)) {
      run('dpkg-deb', ['--extract', archive, path.join(draft, 'root')]);
    }
    rmSync(path.join(draft, 'apt'), { recursive: true });
    renameSync(draft, folder);
  }
  const root = path.join(folder, 'root');
  const [loader] = globSync(path.join(root, 'usr/lib/*-linux-gnu*/ld-linux-*.so.*'));
  if (!loader) throw new Error(`There is no loader in ${root}. Delete ${folder}, then try again.`);
  return {
    root,
    command: (program, args) => [
      loader,
      ['--library-path', path.dirname(loader), path.join(root, program), ...args],
    ],
  };
}

/** Downloads the packages and their dependencies as if nothing were installed. Returns the archives. */
function download(apt: string, suite: string, packages: readonly string[]): string[] {
  for (const folder of ['lists/partial', 'cache/archives/partial']) {
    mkdirSync(path.join(apt, folder), { recursive: true });
  }
  const sources = path.join(apt, 'sources.list');
  writeFileSync(sources, `deb [signed-by=${KEYRING}] ${mirror()} ${suite} main\n`);
  writeFileSync(path.join(apt, 'status'), '');
  const settings = {
    'Dir::Etc::sourcelist': sources,
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Dir::State': apt,
    'Dir::State::lists': path.join(apt, 'lists'),
    'Dir::State::status': path.join(apt, 'status'),
    'Dir::Cache': path.join(apt, 'cache'),
    'APT::Sandbox::User': 'root',
    'APT::Install-Recommends': 'false',
    'Acquire::Languages': 'none',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['--option', `${name}=${value}`]);
  run('apt-get', ['--quiet', ...options, 'update']);
  run('apt-get', ['--quiet', ...options, '--yes', '--download-only', 'install', ...packages]);
  return globSync(path.join(apt, 'cache/archives/*.deb'));
}

/** The mirror of Debian that this machine uses. Throws if there is none, as on Ubuntu. */
function mirror(): string {
  const files = ['/etc/apt/sources.list', ...globSync('/etc/apt/sources.list.d/*.{list,sources}')];
  const text = files.map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : '')).join('\n');
  const found = /^(?:URIs:|deb) .*?(https?:\S+\/debian)\/?(?=\s)/m.exec(text)?.[1];
  if (found) return found;
  throw new Error(
    "apt's sources name no mirror of Debian. Name a running server in LOCAL_STACK_MYSQL_URL instead.",
  );
}

function run(program: string, args: string[]): void {
  const ran = spawnSync(program, args, { encoding: 'utf8' });
  if (ran.status === 0) return;
  throw new Error(`${program} ${args.at(-1)} failed:\n${ran.stdout ?? ''}${ran.stderr ?? ran.error}`);
}
