import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { binary } from './binaries.ts';

/** A network namespace, in which a process has interfaces and an address of its own, as on a machine of its own. */
export interface Machine {
  netns: string;
  address: string;
}

/** Machines that hang on a switch, and this one with them. */
export interface Network {
  addMachine(name: string): Machine;
  /** Pulls a machine's cable at the switch. Its processes go on, and are told nothing. */
  cut(machine: Machine): void;
  restore(machine: Machine): void;
  /** Takes everything down. The processes have to be ended before. */
  close(): void;
}

/** The kernel will not let us have a network, here or with our rights. */
export class NetworkRefused extends Error {
  override name = 'NetworkRefused';
}

/** What `ip` says where it lacks a right, or the kernel lacks namespaces, bridges or veth pairs. */
const REFUSED = /not permitted|permission denied|not supported|unknown device type|read-only file system/i;

/** 198.18.0.0/16 is set aside for tests of networks: nobody has a neighbour there. */
const NETWORKS = 256;
const networkAddress = (network: number, host: number) => `198.18.${network}.${host}`;

/** Opens a network that no other process has. Throws NetworkRefused where that is not for us to have. */
export function openNetwork(): Network {
  const { number, switchNetns } = claimNetwork();
  const machines: Machine[] = [];
  const ours = `etl-${number}`;
  let isOursThere = false;
  const close = () => {
    // Of what is in a namespace the kernel takes its time: this end's name is to be free at once.
    if (isOursThere) ip('link', 'delete', ours);
    isOursThere = false;
    for (const { netns } of machines.splice(0)) ip('netns', 'delete', netns);
    ip('netns', 'delete', switchNetns);
  };
  /** Joins an interface to a port of the switch, which has the address of what is there for a name. */
  const plugIn = (port: string, ...machinesEnd: string[]) => {
    ip('-n', switchNetns, 'link', 'add', port, 'type', 'veth', 'peer', 'name', ...machinesEnd);
    ip('-n', switchNetns, 'link', 'set', port, 'master', 'switch', 'up');
  };
  try {
    // In a namespace too: there no firewall of this machine looks at what passes.
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

/** What starts a program within a namespace, as a process with the program's own id; or just here, where none is given. */
export function commandWithin(
  netns: string | undefined,
  program: string,
  args: string[],
): [string, string[]] {
  return netns ? [binary('ip'), ['netns', 'exec', netns, program, ...args]] : [program, args];
}

/** Whoever makes the switch's namespace has the number: its name can be there once only. */
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
