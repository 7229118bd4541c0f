import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { RowDataPacket } from 'mysql2/promise';
import { withConnection } from '../databases.ts';
import { binary } from './binaries.ts';
import type { DatabaseServer } from './database-server.ts';
import { startMariaDb } from './mariadb.ts';
import { freeLowPort, type ServerProcess, startServer, waitUntil } from './server-process.ts';

/** A Galera cluster behind HAProxy, as docs/install.md describes it. */
export interface GaleraCluster {
  nodes: DatabaseServer[];
  /** `mysql://` address of HAProxy, for the administrator, without a database. */
  url: string;
  /** The node to which HAProxy sends statements now. Undefined while it has none. */
  writer(): Promise<DatabaseServer | undefined>;
  /** How many nodes the writer counts in the cluster. */
  size(): Promise<number>;
  stop(): Promise<void>;
}

const SCRIPTS = path.resolve(import.meta.dirname, '../../../../scripts/galera');
const PROVIDER = '/usr/lib/galera/libgalera_smm.so';

/** Starts a cluster of three nodes on the loopback interface, and HAProxy with the configuration of scripts/galera. */
export async function startGaleraCluster({ folder }: { folder: string }): Promise<GaleraCluster> {
  // The servers call these programs and report a missing one only in their log.
  for (const program of ['wsrep_sst_rsync', 'mariadb', 'haproxy'] as const) binary(program);
  const password = randomBytes(18).toString('hex');
  const ports = await Promise.all(Array.from({ length: 3 }, portsOfNode));
  const members = `gcomm://${ports.map(({ group }) => `127.0.0.1:${group}`).join(',')}`;
  const nodes: DatabaseServer[] = [];
  // The servers do not run as root: the rsync that copies a node drops root's rights.
  chmodSync(folder, 0o711);
  await using opening = new AsyncDisposableStack();
  opening.defer(async () => void (await Promise.all(nodes.map((node) => node.stop()))));
  const startNode = (index: number, cluster: string) => {
    const own = ports[index] as NodePorts;
    const name = `node-${index + 1}`;
    const nodeFolder = path.join(folder, name);
    mkdirSync(nodeFolder, { recursive: true });
    // All nodes have the same administrator.
    writeFileSync(path.join(nodeFolder, 'password'), password, { mode: 0o600 });
    const args = nodeArguments(name, own, cluster);
    return startMariaDb({ folder: nodeFolder, port: own.client, args, account: 'mysql' });
  };
  // An empty address begins a new cluster. The first node must not do that when it restarts.
  const first = await startNode(0, 'gcomm://');
  nodes.push(first);
  nodes.push(await startNode(1, members));
  await first.stop();
  nodes[0] = await startNode(0, members);
  nodes.push(await startNode(2, members));
  const [{ url: nodeUrl }] = nodes as [DatabaseServer];
  await withConnection(nodeUrl, (connection) => connection.query("CREATE USER 'haproxy_check'@'127.0.0.1'"));

  const port = await freeLowPort();
  const address = new URL(nodeUrl);
  address.port = String(port);
  const url = address.href;
  const ask = (sql: string) =>
    withConnection(url, async (connection) => {
      const [rows] = await connection.query<RowDataPacket[]>(sql);
      return rows[0] as RowDataPacket;
    });
  const writer = () =>
    ask('SELECT @@port AS port').then(
      (row) => nodes.find((node) => node.port === row.port),
      () => undefined,
    );
  const proxy = await startProxy(path.join(folder, 'haproxy'), port, ports, writer);
  opening.defer(() => proxy.stop());
  const size = async () => Number((await ask("SHOW GLOBAL STATUS LIKE 'wsrep_cluster_size'")).Value);
  await waitUntil(async () => (await size()) === nodes.length, 'the cluster to have all its nodes');
  const started = opening.move();
  return { nodes, url, writer, size, stop: () => started.disposeAsync() };
}

/** A node needs a port for clients, for the group, for missed write sets, and for a copy of all data. */
interface NodePorts {
  client: number;
  group: number;
  writeSets: number;
  copy: number;
}

async function portsOfNode(): Promise<NodePorts> {
  return {
    client: await freeLowPort(),
    group: await freeLowPort(),
    writeSets: await freeLowPort(),
    copy: await freeLowPort(),
  };
}

function nodeArguments(name: string, { group, writeSets, copy }: NodePorts, cluster: string): string[] {
  // The provider derives its other ports from base_port. Without it all nodes use the same ports.
  const provider = [
    `base_port=${group}`,
    `gmcast.listen_addr=tcp://127.0.0.1:${group}`,
    `ist.recv_addr=127.0.0.1:${writeSets}`,
  ];
  return [
    '--wsrep-on=ON',
    `--wsrep-provider=${PROVIDER}`,
    `--wsrep-provider-options=${provider.join(';')}`,
    `--wsrep-cluster-address=${cluster}`,
    '--wsrep-cluster-name=etl',
    `--wsrep-node-name=${name}`,
    `--wsrep-node-address=127.0.0.1:${group}`,
    '--wsrep-sst-method=rsync',
    // A node takes no writes while another node copies it: prefer the last node to the writer.
    '--wsrep-sst-donor=node-3,',
    `--wsrep-sst-receive-address=127.0.0.1:${copy}`,
    '--binlog-format=ROW',
    '--innodb-autoinc-lock-mode=2',
    // Three servers share the machine.
    '--innodb-buffer-pool-size=64M',
  ];
}

/** The configuration of scripts/galera, with the addresses of this cluster. */
async function startProxy(
  folder: string,
  port: number,
  nodes: readonly NodePorts[],
  writer: () => Promise<DatabaseServer | undefined>,
): Promise<ServerProcess> {
  mkdirSync(folder, { recursive: true });
  const configuration = readFileSync(path.join(SCRIPTS, 'haproxy.cfg'), 'utf8')
    // Only root can become another account.
    .replace(/^ {2}(?:user|group) .*\n/gm, (line) => (process.getuid?.() === 0 ? line : ''))
    .replace('127.0.0.1:3306', `127.0.0.1:${port}`)
    .replace('/opt/user-activity-etl/scripts/galera', SCRIPTS)
    .replace(/10\.0\.0\.1(\d):3306/g, (_, number) => `127.0.0.1:${nodes[Number(number) - 1]?.client}`);
  const file = path.join(folder, 'haproxy.cfg');
  writeFileSync(file, configuration);
  return startServer({
    name: 'haproxy',
    folder,
    program: binary('haproxy'),
    // -db: stay in the foreground, so that the process id stays the same.
    args: ['-db', '-f', file],
    isReady: async () => (await writer()) !== undefined,
  });
}
