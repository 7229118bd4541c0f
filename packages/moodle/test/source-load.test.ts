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

// Servers of its own: on a shared one nobody knows what runs.
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

/** Reads, and says whether it has by now. */
function reading(source: Source, signal = never) {
  const state = { hasRead: false };
  const ended = onSourceSnapshot(source, signal, async () => {
    state.hasRead = true;
  });
  return { state, ended };
}

describe('a server with more statements running than the limit', () => {
  let busy: Connection[];

  const makeBusy = async () => {
    busy = await Promise.all(Array.from({ length: 5 }, () => createConnection(server.url)));
    for (const connection of busy) connection.query('SELECT SLEEP(600)').catch(() => {});
  };
  const calmDown = async () => {
    for (const connection of busy) connection.destroy();
    await withConnection(server.url, async (admin) => {
      for (const { threadId } of busy) await admin.query(`KILL ${threadId}`);
    });
  };
  const openLimited = async () => {
    const url = await createDatabase(server.url, 'moodle');
    return openOn(url, { ETL_SOURCE_MAX_THREADS_RUNNING: '4' });
  };

  it('is left alone until it is calm', async () => {
    await makeBusy();
    const source = await openLimited();
    const { state, ended } = reading(source);
    await waitUntil(async () => source.messages.includes('source under stress, waiting'), 'the pause');
    expect(state.hasRead).toBe(false);
    await calmDown();
    await ended;
    expect(state.hasRead).toBe(true);
    expect(source.messages).toEqual(['source under stress, waiting', 'source is calm again']);
  });

  it('is not waited for by those whose work is no longer wanted', async () => {
    await makeBusy();
    const source = await openLimited();
    const wanted = new AbortController();
    const { state, ended } = reading(source, wanted.signal);
    const refused = expect(ended).rejects.toThrow('cancelled');
    await waitUntil(async () => source.messages.length > 0, 'the pause');
    wanted.abort(new Error('cancelled'));
    await refused;
    expect(state.hasRead).toBe(false);
    await calmDown();
  });
});

describe('the patience of a session', () => {
  it('is one for all its pauses, and then it goes on', async () => {
    const url = await createDatabase(server.url, 'moodle');
    // Our own question is a statement that runs, too.
    const source = openOn(url, { ETL_SOURCE_MAX_THREADS_RUNNING: '1' });
    const busy = await createConnection(server.url);
    const sleeping = busy.query('SELECT SLEEP(600)').catch(() => {});
    const session = { ...source, patience: { leftMs: 1500 } };
    for (let slice = 0; slice < 3; slice++) await waitForLowLoad(session, never);
    expect(source.messages).toEqual(['source under stress, waiting', 'source still under stress, going on']);
    await withConnection(server.url, (admin) => admin.query(`KILL ${busy.threadId}`));
    await sleeping;
  });
});

describe('a replica that is further behind than the limit', () => {
  /** From now on: the accounts of the first server are not those of the replica. */
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
  /** Whether the replica holds an event back. While it connects its lag jumps, and is 0 again before the first event arrives. */
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

  it('is left alone until it has caught up', async () => {
    const url = await createDatabase(replica.url, 'moodle');
    await replicateFromNow(3600);
    await createDatabase(server.url, 'written_to_the_first');
    const source = openOn(url, { ETL_SOURCE_MAX_REPLICA_LAG: '1' });
    await waitUntil(isHoldingBack, 'the replica to be behind');
    const { state, ended } = reading(source);
    await waitUntil(async () => source.messages.includes('source under stress, waiting'), 'the pause');
    expect(state.hasRead).toBe(false);
    await endDelay();
    await ended;
    expect(source.messages.at(-1)).toBe('source is calm again');
  });

  it('is not read as it is, where it does not catch up: nor is one that has stopped', async () => {
    const url = await createDatabase(replica.url, 'moodle');
    await withConnection(replica.url, (admin) => admin.query('STOP SLAVE'));
    // Busy as well, with our own question: that must not hide it, and used-up patience is no licence.
    const source = openOn(url, {});
    const session = {
      ...source,
      limits: { ...source.limits, threadsRunning: 0 },
      patience: { leftMs: 1500 },
    };
    for (let slice = 0; slice < 2; slice++) {
      await expect(waitForLowLoad(session, never)).rejects.toThrow(
        /has stopped.*raise ETL_SOURCE_MAX_REPLICA_LAG/s,
      );
    }
  });

  it('is read all the same by an account that may not ask', async () => {
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
    expect(source.messages).toEqual([expect.stringContaining('its account may not ask')]);
  });
});
