import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { binary } from './binaries.ts';

/** A network namespace that stands for a machine: a process in it has its own interfaces and address. */
export interface Machine {
  netns: string;
  address: string;
}

/** Machines on a switch. This machine is on it too. */
export interface Network {
  addMachine(name: string): Machine;
  /** Pulls a machine's cable at the switch. Its processes go on and get no notice. */
  cut(machine: Machine): void;
  restore(machine: Machine): void;
  /** Removes everything. The processes must have ended. */
  close(): void;
}

/** The kernel does not allow a network here, or not with the rights of this process. */
export class NetworkRefused extends Error {
  override name = 'NetworkRefused';
}

/** The errors of `ip` if it lacks a right or the kernel lacks namespaces, bridges or veth pairs. */
const REFUSED = /not permitted|permission denied|not supported|unknown device type|read-only file system/i;

/** 198.18.0.0/16 is reserved for tests of networks: no neighbour uses it. */
const NETWORKS = 256;
const networkAddress = (network: number, host: number) => `198.18.${network}.${host}`;

/** Opens a network that no other process uses. Throws NetworkRefused. */
export function openNetwork(): Network {
  const { number, switchNetns } = claimNetwork();
  const machines: Machine[] = [];
  const ours = `etl-${number}`;
  let isOursThere = false;
  const close = () => {
    // The kernel removes a namespace's interfaces late. Deleting this end frees its name at once.
    if (isOursThere) ip('link', 'delete', ours);
    isOursThere = false;
    for (const { netns } of machines.splice(0)) ip('netns', 'delete', netns);
    ip('netns', 'delete', switchNetns);
  };
  /** Connects an interface to a port of the switch. The port's name is the address at its other end. */
  const plugIn = (port: string, ...machinesEnd: string[]) => {
    ip('-n', switchNetns, 'link', 'add', port, 'type', 'veth', 'peer', 'name', ...machinesEnd);
    ip('-n', switchNetns, 'link', 'set', port, 'master', 'switch', 'up');
  };
  try {
    // The switch has a namespace too, so that no firewall of this machine filters its traffic.
    ip('-n', switchNetns, 'link', 'add', 'switch', 'type', 'bridge');
    ip('-n', switchNetns, 'link', 'set', 'switch', 'up');
    const address = networkAddress(number, 1);
    plugIn(address, ours, 'netns', String(process.pid));
    isOursThere = true;
    ip('address', 'add', `${address}/24`, 'dev', ours);
    ip('link', 'set', ours, 'up');
    run(...commandWithin(switchNetns, binary('ip'), ['link']));
  } catch (error) {
    close();
    throw error;
  }
  return {
    addMachine: (name) => {
      const netns = `etl-${number}-${name}`;
      const address = networkAddress(number, machines.length + 2);
      ip('netns', 'add', netns);
      machines.push({ netns, address });
      plugIn(address, 'eth0', 'netns', netns);
      ip('-n', netns, 'address', 'add', `${address}/24`, 'dev', 'eth0');
      ip('-n', netns, 'link', 'set', 'eth0', 'up');
      ip('-n', netns, 'link', 'set', 'lo', 'up');
      return { netns, address };
    },
    cut: ({ address }) => ip('-n', switchNetns, 'link', 'set', address, 'down'),
    restore: ({ address }) => ip('-n', switchNetns, 'link', 'set', address, 'up'),
    close,
  };
}

/** The command that starts a program within a namespace, or here by default. The process keeps the program's own id. */
export function commandWithin(
  netns: string | undefined,
  program: string,
  args: string[],
): [string, string[]] {
  return netns ? [binary('ip'), ['netns', 'exec', netns, program, ...args]] : [program, args];
}

/** The process that creates the switch's namespace owns the number: its name is unique. */
function claimNetwork(): { number: number; switchNetns: string } {
  const first = randomInt(NETWORKS);
  for (let tries = 0; tries < NETWORKS; tries++) {
    const number = (first + tries) % NETWORKS;
    const switchNetns = `etl-${number}-switch`;
    try {
      ip('netns', 'add', switchNetns);
      return { number, switchNetns };
    } catch (error) {
      if (!(error as Error).message.includes('File exists')) throw error;
    }
  }
  throw new Error(`All ${NETWORKS} networks are taken: see ip netns list`);
}

function ip(...args: string[]): void {
  run(binary('ip'), args);
}

function run(program: string, args: string[]): void {
  const ran = spawnSync(program, args, { encoding: 'utf8' });
  if (ran.status === 0) return;
  const why = `${[program, ...args].join(' ')}: ${(ran.stderr || ran.stdout || String(ran.error)).trim()}`;
  throw REFUSED.test(why) ? new NetworkRefused(why) : new Error(why);
}
