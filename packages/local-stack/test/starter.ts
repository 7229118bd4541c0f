import path from 'node:path';
import { startMariaDb, startProcess, startRedis } from '../src/index.ts';

/** Starts servers and a process in the folder that it is given, says so, and stays. The test beside it ends it in its own ways. */
const folder = process.argv[2] as string;
const [mariaDb, redis] = await Promise.all([
  startMariaDb({ folder: path.join(folder, 'mariadb'), args: ['--innodb-buffer-pool-size=32M'] }),
  startRedis({ folder: path.join(folder, 'redis') }),
]);
const worker = startProcess('worker', {
  logFile: path.join(folder, 'worker.log'),
  // It waits for databases that are not there.
  env: {
    ETL_DATABASE_URL: 'mysql://etl@127.0.0.1:1/etl',
    MOODLE_DATABASE_URL: 'mysql://etl@127.0.0.1:1/moodle',
    REDIS_URL: redis.url,
  },
});
process.stdout.write(`${JSON.stringify([mariaDb.pid, redis.pid, worker.pid])}\n`);
setInterval(() => {}, 60_000);
