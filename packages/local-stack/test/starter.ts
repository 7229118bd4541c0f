import { statSync } from 'node:fs';
import path from 'node:path';
import { startMariaDb, startProcess, startRedis, waitUntil } from '../src/index.ts';

/** Starts servers and a process in the given folder, prints their ids and stays. `interrupted.test.ts` ends it. */
const folder = process.argv[2] as string;
const [mariaDb, redis] = await Promise.all([
  startMariaDb({ folder: path.join(folder, 'mariadb'), args: ['--innodb-buffer-pool-size=32M'] }),
  startRedis({ folder: path.join(folder, 'redis') }),
]);
const logFile = path.join(folder, 'worker.log');
const worker = startProcess('worker', {
  logFile,
  // The worker waits for databases that do not exist.
  env: {
    ETL_DATABASE_URL: 'mysql://etl@127.0.0.1:1/etl',
    MOODLE_DATABASE_URL: 'mysql://etl@127.0.0.1:1/moodle',
    REDIS_URL: redis.url,
  },
});
// The kernel ends only processes that have asked for it. A program that writes has asked before it began.
await waitUntil(async () => statSync(logFile).size > 0, 'the worker to write its log');
process.stdout.write(`${JSON.stringify([mariaDb.pid, redis.pid, worker.pid])}\n`);
setInterval(() => {}, 60_000);
