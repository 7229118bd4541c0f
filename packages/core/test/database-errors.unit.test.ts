import { describe, expect, it } from 'vitest';
import { adviceFor, isDatabaseUnavailable, isTransient } from '../src/index.ts';

const error = (errno: number, code = 'ER_SOMETHING') => Object.assign(new Error('…'), { errno, code });

describe('database errors', () => {
  it.each([
    ['lock wait timeout', 1205],
    ['deadlock', 1213],
    ['node of a cluster that is not ready', 1047],
    ['transaction that a Galera cluster did not replicate', 1180],
    ['transaction that Group Replication did not replicate', 3100],
    ['transaction that Group Replication rolled back', 3101],
    ['too many connections', 1040],
    ['too many connections of this account', 1226],
    ['server shutting down', 1053],
    ['connection killed', 1927],
    ['session killed, MySQL', 3169],
    ['session ended after inactivity, MySQL', 4031],
    ['server in offline mode', 3032],
    ['statement interrupted', 1317],
    ['statement that exceeded its time limit, MariaDB', 1969],
    ['statement that exceeded its time limit, MySQL', 3024],
  ])('a database error is transient: %s', (_name, errno) => {
    expect(isTransient(error(errno))).toBe(true);
    expect(adviceFor(error(errno))).toBeUndefined();
  });

  it.each(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'PROTOCOL_CONNECTION_LOST'])(
    'is transient: %s',
    (code) => {
      expect(isTransient(Object.assign(new Error('…'), { code }))).toBe(true);
      expect(isDatabaseUnavailable(Object.assign(new Error('…'), { code }))).toBe(true);
    },
  );

  it.each([
    ['unknown column', 1054, 'pnpm migrate'],
    ['access denied for the account', 1045, 'check user, password and rights'],
    ['access denied to the database', 1044, 'check user, password and rights'],
    ['access denied to a table', 1142, 'SELECT'],
    ['access denied to a column', 1143, 'SELECT'],
    ['account locked, MySQL', 3118, 'ACCOUNT UNLOCK'],
    ['account locked, MariaDB', 4151, 'ACCOUNT UNLOCK'],
    ['password expired', 1862, 'new password'],
    ['function that the server lacks', 1305, 'docs/install.md'],
    ['server that asks for TLS', 3159, 'ETL_DATABASE_TLS'],
    ['no such database', 1049, 'ETL_DATABASE_URL'],
    ['no such table', 1146, 'MOODLE_TABLE_PREFIX'],
    ['read-only server', 1290, 'replica'],
  ])('a database error is permanent and has advice: %s', (_name, errno, advice) => {
    expect(isTransient(error(errno))).toBe(false);
    expect(adviceFor(error(errno))).toContain(advice);
  });

  it('that is not in the lists is permanent', () => {
    expect(isTransient(new Error('…'))).toBe(false);
    expect(isTransient(error(1064))).toBe(false);
  });
});
