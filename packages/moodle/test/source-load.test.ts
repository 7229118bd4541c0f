import path from 'node:path';
import {
  createAccount,
  createDatabase,
  type DatabaseServer,
  type Scratch,
  scratchFolder,
  startMariaDb,
  waitUntil,
  withConnection,
} from '@etl/local-stack';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { onSourceSnapshot, type Source, waitForLowLoad } from '../src/index.ts';
import { type OpenSource, open } from './support.ts';

const never = new AbortController().signal;

// Its own servers: on a shared one, other tests run statements.
let folder: Scratch<string>;
let server: DatabaseServer;
let replica: DatabaseServer;
let opened: Source[] = [];

const start = (name: string, id: number) =>
  startMariaDb({
    folder: path.join(folder.value, name),
    args: [`--server-id=${id}`, '--log-bin=log', '--innodb-buffer-pool-size=32M'],
  });

const openOn = (url: string, env: Parameters<typeof open>[1]): OpenSource => {
  const source = open(url, env);
  opened.push(source);
  return source;
};

beforeAll(async () => {
  folder = scratchFolder();
  [server, replica] = await Promise.all([start('server', 1), start('replica', 2)]);
});

afterEach(async () => {
  await Promise.all(opened.map(({ db }) => db.destroy()));
  opened = [];
});

afterAll(async () => {
  await Promise.all([server?.stop(), replica?.stop()]);
  await folder?.remove();
});

/** Starts a read. `hasRead` tells whether it has begun. */
function reading(source: Source, signal = never) {
  const state = { hasRead: false };
  const ended = onSourceSnapshot(source, signal, async () => {
    state.hasRead = true;
  });
  return { state, ended };
}

describe('source load', () => {
  let busy: Connection[];

  const makeBusy = async () => {
    busy = await Promise.all(Array.from({ length: 5 }, () => createConnection(server.url)));
    for (const connection of busy) connection.query('SELECT SLEEP(600)').catch(() => {});
  };
  const endLoad = async () => {
    for (const connection of busy) connection.destroy();
    await withConnection(server.url, async (admin) => {
      for (const { threadId } of busy) await admin.query(`KILL ${threadId}`);
    });
  };
  const openLimited = async () => {
    const url = await createDatabase(server.url, 'moodle');
    return openOn(url, { ETL_SOURCE_MAX_THREADS_RUNNING: '4' });
  };

  it('a server with more statements running than the limit is not read until its load is low', async () => {
    await makeBusy();
    const source = await openLimited();
    const { state, ended } = reading(source);
    await waitUntil(async () => source.messages.includes('source load is high, pausing'), 'the pause');
    expect(state.hasRead).toBe(false);
    await endLoad();
    await ended;
    expect(state.hasRead).toBe(true);
    expect(source.messages).toEqual(['source load is high, pausing', 'source load is low again, resuming']);
  });

  it('a server with more statements running than the limit is no longer waited for when the work is cancelled', async () => {
    await makeBusy();
    const source = await openLimited();
    const wanted = new AbortController();
    const { state, ended } = reading(source, wanted.signal);
    const refused = expect(ended).rejects.toThrow('cancelled');
    await waitUntil(async () => source.messages.length > 0, 'the pause');
    wanted.abort(new Error('cancelled'));
    await refused;
    expect(state.hasRead).toBe(false);
    await endLoad();
  });
});

describe('waits for low load', () => {
  it('the time that a session waits for low load is limited over all its pauses, and then the session reads', async () => {
    const url = await createDatabase(server.url, 'moodle');
    // The check itself is a running statement, too.
    const source = openOn(url, { ETL_SOURCE_MAX_THREADS_RUNNING: '1' });
    const busy = await createConnection(server.url);
    const sleeping = busy.query('SELECT SLEEP(600)').catch(() => {});
    const session = { ...source, throttle: { leftMs: 1500 } };
    for (let slice = 0; slice < 3; slice++) await waitForLowLoad(session, never);
    expect(source.messages).toEqual(['source load is high, pausing', 'source load is still high, resuming']);
    await withConnection(server.url, (admin) => admin.query(`KILL ${busy.threadId}`));
    await sleeping;
  });
});

describe('replica lag', () => {
  /** From the current position on, because the two servers have different accounts. */
  const replicateFromNow = async (delaySeconds: number) => {
    const position = await withConnection(server.url, async (admin) => {
      const [rows] = await admin.query<RowDataPacket[]>('SHOW MASTER STATUS');
      return rows[0];
    });
    const { hostname, port, username, password } = new URL(server.url);
    await withConnection(replica.url, async (admin) => {
      await admin.query(
        `CHANGE MASTER TO MASTER_HOST = ?, MASTER_PORT = ?, MASTER_USER = ?, MASTER_PASSWORD = ?, MASTER_LOG_FILE = ?,
           MASTER_LOG_POS = ?, MASTER_DELAY = ?`,
        [
          hostname,
          Number(port),
          username,
          password,
          position?.File,
          Number(position?.Position),
          delaySeconds,
        ],
      );
      await admin.query('START SLAVE');
    });
  };
  /**
   * Whether the replica delays an event. While it connects, its lag jumps, and is 0 again before the first event
   * arrives.
   */
  const isHoldingBack = () =>
    withConnection(replica.url, async (admin) => {
      const [rows] = await admin.query<RowDataPacket[]>('SHOW SLAVE STATUS');
      const [status] = rows;
      return status?.SQL_Remaining_Delay != null && Number(status.Seconds_Behind_Master) > 1;
    });
  const endDelay = () =>
    withConnection(replica.url, async (admin) => {
      await admin.query('STOP SLAVE');
      await admin.query('CHANGE MASTER TO MASTER_DELAY = 0');
      await admin.query('START SLAVE');
    });

  it('a replica that lags by more than the limit is not read until it has caught up', async () => {
    const url = await createDatabase(replica.url, 'moodle');
    await replicateFromNow(3600);
    await createDatabase(server.url, 'written_to_the_first');
    const source = openOn(url, { ETL_SOURCE_MAX_REPLICA_LAG: '1' });
    await waitUntil(isHoldingBack, 'the replica to be behind');
    const { state, ended } = reading(source);
    await waitUntil(async () => source.messages.includes('source load is high, pausing'), 'the pause');
    expect(state.hasRead).toBe(false);
    await endDelay();
    await ended;
    expect(source.messages.at(-1)).toBe('source load is low again, resuming');
  });

  it('a replica is never read if its replication has stopped', async () => {
    const url = await createDatabase(replica.url, 'moodle');
    await withConnection(replica.url, (admin) => admin.query('STOP SLAVE'));
    // Running statements must not hide the lag, and a used-up limit must not allow the read.
    const source = openOn(url, {});
    const session = {
      ...source,
      limits: { ...source.limits, threadsRunning: 0 },
      throttle: { leftMs: 1500 },
    };
    for (let slice = 0; slice < 2; slice++) {
      await expect(waitForLowLoad(session, never)).rejects.toThrow(
        /has stopped.*raise ETL_SOURCE_MAX_REPLICA_LAG/s,
      );
    }
  });

  it('a replica that lags by more than the limit is read if the account lacks the right to see the lag', async () => {
    await createDatabase(replica.url, 'moodle');
    const url = await createAccount(replica.url, {
      user: 'reader',
      password: 'secret',
      rights: 'SELECT',
      database: 'moodle',
    });
    const source = openOn(url, {});
    await reading(source).ended;
    await reading(source).ended;
    expect(source.messages).toEqual([expect.stringContaining('its account lacks the right to see it')]);
  });
});
