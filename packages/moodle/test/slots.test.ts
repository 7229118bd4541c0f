import { type Scratch, scratchDatabase, WORDING, waitUntil, withConnection } from '@etl/local-stack';
import { sql } from 'kysely';
import type { RowDataPacket } from 'mysql2/promise';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { onSourceSnapshot, read, type Source } from '../src/index.ts';
import { open } from './support.ts';

const never = new AbortController().signal;

let database: Scratch<string>;
let sources: Source[];

/** A source with its own pool: another worker to the server. The server does not end its idle sessions. */
const worker = (slots: number, url = database.value) => {
  const source = open(url, {
    ETL_SOURCE_CONCURRENCY: String(slots),
    ETL_SOURCE_MAX_THREADS_RUNNING: '1000',
    ETL_LEASE_SECONDS: '600',
  });
  sources.push(source);
  return source;
};

beforeEach(async () => {
  sources = [];
  database = await scratchDatabase(inject('mysqlUrl'), 'moodle');
});

afterEach(async () => {
  await Promise.all(sources.map(({ db }) => db.destroy()));
  await database.remove();
});

/** Holds a slot until `release` is called. */
function hold(source: Source) {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: held, resolve: isHeld } = Promise.withResolvers<number>();
  const ended = onSourceSnapshot(source, never, async (snapshot) => {
    const [session] = await read(snapshot, sql<{ id: number }>`SELECT CONNECTION_ID() AS id`, never);
    isHeld(session?.id ?? 0);
    await released;
  });
  return { held, release, ended };
}

describe('slots of the source', () => {
  it('limit the sessions that read at once, over all workers', async () => {
    const workers = [worker(2), worker(2), worker(2)];
    let reading = 0;
    let most = 0;
    let done = 0;
    await Promise.all(
      workers.flatMap((source) =>
        Array.from({ length: 4 }, () =>
          onSourceSnapshot(source, never, async (snapshot) => {
            reading += 1;
            most = Math.max(most, reading);
            await read(snapshot, sql`SELECT SLEEP(0.05)`, never);
            reading -= 1;
            done += 1;
          }),
        ),
      ),
    );
    expect(done).toBe(12);
    expect(most).toBe(2);
  });

  it('the slots of the source are free again when their session has ended in any way', async () => {
    const first = hold(worker(1));
    const session = await first.held;
    const second = hold(worker(1));
    const failed = expect(first.ended).rejects.toThrow();
    await withConnection(inject('mysqlUrl'), (admin) => admin.query(`KILL ${session}`));
    await second.held;
    first.release();
    await failed;
    second.release();
    await second.ended;
  });

  it('the slots of the source are kept while their session waits longer than the server allows an idle session', async () => {
    const source = open(database.value, { ETL_SOURCE_CONCURRENCY: '1', ETL_LEASE_SECONDS: '1' });
    sources.push(source);
    await onSourceSnapshot(source, never, async (snapshot) => {
      const [limit] = await read(snapshot, sql<{ seconds: number }>`SELECT @@wait_timeout AS seconds`, never);
      // As during a wait for the warehouse, nothing is read.
      const until = Date.now() + (limit?.seconds ?? 0) * 1000 + 1000;
      await waitUntil(async () => Date.now() > until, 'the time after which the server ends idle sessions');
      expect(await read(snapshot, sql`SELECT 1 AS one`, never)).toEqual([{ one: 1 }]);
    });
  });

  it('the slots of the source are free again when the work has failed', async () => {
    const failing = onSourceSnapshot(worker(1), never, () => Promise.reject(new Error('no good')));
    await expect(failing).rejects.toThrow('no good');
    const next = hold(worker(1));
    await next.held;
    next.release();
    await next.ended;
  });

  it('the slots of the source are no longer waited for when the work is cancelled', async () => {
    const first = hold(worker(1));
    await first.held;
    const wanted = new AbortController();
    let hasRead = false;
    const second = onSourceSnapshot(worker(1), wanted.signal, async () => {
      hasRead = true;
    });
    const refused = expect(second).rejects.toThrow('cancelled');
    // It has tried to take the slot.
    const isWaiting = async () => {
      const [rows] = await withConnection(inject('mysqlUrl'), (admin) =>
        admin.query<RowDataPacket[]>(
          `SELECT id FROM ${WORDING[inject('serverKind')].sessions} WHERE db = ?`,
          [new URL(database.value).pathname.slice(1)],
        ),
      );
      return rows.length > 1;
    };
    await waitUntil(isWaiting, 'the second session');
    wanted.abort(new Error('cancelled'));
    await refused;
    expect(hasRead).toBe(false);
    first.release();
    await first.ended;
  });

  it('the slots of the source are separate for two Moodles on the same server', async () => {
    const other = await scratchDatabase(inject('mysqlUrl'), 'moodle');
    try {
      const ours = hold(worker(1));
      const theirs = hold(worker(1, other.value));
      await Promise.all([ours.held, theirs.held]);
      ours.release();
      theirs.release();
      await Promise.all([ours.ended, theirs.ended]);
    } finally {
      await other.remove();
    }
  });
});
