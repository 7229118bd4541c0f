import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type DatabaseServer, scratchFolder, startMariaDb, withConnection } from '../src/index.ts';

it('a MariaDB starts in a folder whose path has a blank', async () => {
  const folder = scratchFolder();
  let server: DatabaseServer | undefined;
  onTestFinished(async () => {
    await server?.stop();
    await folder.remove();
  });
  server = await startMariaDb({
    folder: path.join(folder.value, 'with a blank', 'mariadb'),
    args: ['--innodb-buffer-pool-size=32M'],
  });
  const [rows] = await withConnection(server.url, (connection) => connection.query('SELECT 1 AS one'));
  expect(rows).toEqual([{ one: 1 }]);
});
