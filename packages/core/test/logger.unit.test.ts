import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';

it('the log contains no secrets and no long statements', () => {
  // In a process of its own: the logger writes to standard output.
  const script = `
    import { createLogger } from '${path.resolve(import.meta.dirname, '../src/index.ts')}';
    const log = createLogger({ ETL_LOG_LEVEL: 'info' }, 'test');
    const refused = Object.assign(new Error('WRONGPASS'), { command: { name: 'auth', args: ['SECRET'] } });
    log.info({ authorization: 'SECRET', req: { headers: { authorization: 'SECRET' } }, db: { password: 'SECRET' } }, 'fields');
    log.error({ err: refused }, 'redis refused');
    log.error({ err: Object.assign(new Error('no node answers'), { lastNodeError: refused, cause: refused, errors: [refused] }) }, 'cluster');
    class Connection { password = 'SECRET'; self = this; }
    log.error({ err: Object.assign(new Error('lost'), { connection: new Connection(), where: { host: 'db' } }) }, 'connection');
    log.error({ err: Object.assign(new Error('too long'), { sql: 'INSERT ' + 'x'.repeat(100000) }) }, 'load');`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  });
  expect(stdout).toContain('WRONGPASS');
  expect(stdout).toContain('INSERT');
  expect(stdout).toContain('"connection":"[Connection]","where":{"host":"db"}');
  expect(stdout).not.toContain('SECRET');
  expect(stdout.length).toBeLessThan(5000);
});
