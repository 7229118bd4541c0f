import path from 'node:path';
import { startMariaDb, startProcess, startRedis } from '../src/index.ts';

/** Starts servers and a process in the given folder, prints their ids and stays. `interrupted.test.ts` ends it. */
const folder = process.argv[2] as string;
const [mariaDb, redis] = await Promise.all([
  startMariaDb({ folder: path.join(folder, 'mariadb'), args: ['--innodb-buffer-pool-size=32M'] }),
  startRedis({ folder: path.join(folder, 'redis') }),
]);
const worker = startProcess('worker', {
  logFile: path.join(folder, 'worker.log'),
  // The worker waits for databases that do not exist.
  env: {
    ETL_DATABASE_URL: 'mysql://etl@127.0.0.1:1/etl',
    MOODLE_DATABASE_URL: 'mysql://etl@127.0.0.1:1/moodle',
    REDIS_URL: redis.url,
  },
});
process.stdout.write(`${JSON.stringify([mariaDb.pid, redis.pid, worker.pid])}\n`);
setInterval(() => {}, 60_000);
