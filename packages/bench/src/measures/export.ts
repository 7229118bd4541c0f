import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { dayOf, loadConfig, VIEW_COLUMNS } from '@etl/core';
import { freePort, waitUntil } from '@etl/local-stack';
import { claimBatch, finishBatch, insertRun, inTransaction, type Warehouse } from '@etl/warehouse';
import autocannon from 'autocannon';
import { sql } from 'kysely';
import { interleave, samplesOf } from '../samples.ts';
import { openStageWarehouse, type Stage } from '../stage.ts';
import { type BenchSystem, startSystem } from '../system.ts';
import { line, type Measured } from './measure.ts';
import { peakMegabytes } from './memory.ts';

const CLIENTS = 50;
const PAGE_ROWS = 10_000;

/** Each round takes seconds. */
const LOAD_ROUNDS = 3;

/** A load of at least this many seconds must get an answer. */
const TELLING_SECONDS = 4;

/** A prime: it spreads the requested pages over the date, and no two are the same. */
const OFFSET_STEP = 7919;
const PAGE_DATE = '2024-01-01';
const SMALL_DATE = '2024-01-02';
const LARGE_DATE = '2024-01-03';

/** Export and results under load, compared with a bare route that sends the same bytes from memory, and a large CSV. */
export async function measureExport(
  stage: Stage,
  { largeRows, seconds }: { largeRows: number; seconds: number },
): Promise<Measured> {
  const { url, warehouse } = await openStageWarehouse(stage, 'bench_export');
  const smallRows = Math.ceil(largeRows / 10);
  stage.say(`  ${largeRows.toLocaleString('en')} merged rows to export …`);
  await fillMerged(warehouse, PAGE_DATE, PAGE_ROWS);
  await fillMerged(warehouse, SMALL_DATE, smallRows);
  await fillMerged(warehouse, LARGE_DATE, largeRows);
  await warehouse.destroy();

  const page = `export?date=${PAGE_DATE}&limit=${PAGE_ROWS}`;
  const system = await startSystem(stage, { warehouseUrl: url });
  const bare = await startBareRoute(`${system.api}/${page}`, system.headers);
  const samples = await (async () => {
    try {
      const rate = (url: string, more: Partial<autocannon.Options> = {}) =>
        requestsPerSecond({
          url,
          headers: system.headers,
          connections: CLIENTS,
          duration: seconds,
          ...more,
        });
      // Another page each time, so that no page is cached.
      let asked = 0;
      const another = () => {
        asked += 1;
        const offset = (asked * OFFSET_STEP) % largeRows;
        return `/api/user_activity_etl/export?date=${LARGE_DATE}&limit=${PAGE_ROWS}&offset=${offset}`;
      };
      return await interleave(LOAD_ROUNDS, [
        { name: 'bare', run: () => rate(bare.url) },
        { name: 'page', run: () => rate(`${system.api}/${page}`) },
        { name: 'results', run: () => rate(`${system.api}/results/${PAGE_DATE}`) },
        {
          name: 'cold',
          run: () =>
            rate(`${system.api}/export`, {
              requests: [{ setupRequest: (request) => ({ ...request, path: another() }) }],
            }),
        },
      ]);
    } finally {
      bare.process.kill();
      await system.close();
    }
  })();
  const small = await csvOf(stage, url, SMALL_DATE, smallRows);
  const large = await csvOf(stage, url, LARGE_DATE, largeRows);
  return {
    title: 'Export',
    text: `${CLIENTS} clients at once request ${PAGE_ROWS.toLocaleString('en')} rows as JSON. The bare route is a Fastify process that sends the same
bytes from memory. The gateway caches a page until its date is merged again. It reads and serializes other
pages, and results, for each request. The CSV is read once, as fast as it comes.`,
    lines: [
      line('bare route: the same bytes from memory', samples.bare, 'requests/s'),
      line('export, the same page', samples.page, 'requests/s'),
      line('export, another page each time', samples.cold, 'requests/s'),
      line(`results, ${PAGE_ROWS.toLocaleString('en')} rows`, samples.results, 'requests/s'),
      line(`CSV of ${largeRows.toLocaleString('en')} rows`, samplesOf([large.milliseconds])),
      line(
        `gateway after a CSV of ${smallRows.toLocaleString('en')} rows`,
        samplesOf([small.megabytes]),
        'MB',
      ),
      line(
        `gateway after a CSV of ${largeRows.toLocaleString('en')} rows`,
        samplesOf([large.megabytes]),
        'MB',
      ),
    ],
    losses: [
      'A page of the export that is not cached is read and serialized, which costs many times what sending it costs.',
    ],
    aims: [
      {
        what: 'export of the same page / bare route',
        value: samples.page.median / samples.bare.median,
        limit: 0.5,
        kind: 'at least',
      },
      {
        what: 'memory after the large CSV / after one of a tenth',
        value: large.megabytes / small.megabytes,
        limit: 1.2,
        kind: 'at most',
      },
    ],
  };
}

async function requestsPerSecond(options: autocannon.Options): Promise<number> {
  const result = await autocannon(options);
  if (result.errors > 0 || result.non2xx > 0) {
    throw new Error(`${options.url}: ${result.errors} errors, ${result.non2xx} answers other than 2xx`);
  }
  // On a busy machine a load of one second can end before the first answer.
  if (result.requests.total === 0 && result.duration > TELLING_SECONDS)
    throw new Error(`${options.url}: no answer in ${result.duration} s`);
  return result.requests.total / result.duration;
}

/** Writes `rows` merged rows of a date, and their run. */
async function fillMerged(warehouse: Warehouse, date: string, rows: number): Promise<void> {
  const runId = randomUUID();
  const settings = loadConfig({});
  const [row] = await insertRun(
    warehouse,
    {
      runId,
      settings,
      day: dayOf(date, 'UTC'),
      trigger: 'api',
      requestedBy: 'bench',
      force: false,
      batches: [{ batch: 'main_etl', jobId: runId, limitSize: 500 }],
    },
    60,
  );
  const outcome = await claimBatch(
    warehouse,
    { schedulerId: row?.schedulerId ?? 0, runId, batch: 'main_etl', settings },
    600,
  );
  if (outcome.kind !== 'claimed') throw new Error(`The rows of ${date} cannot be written: ${outcome.kind}`);
  await inTransaction(warehouse, async (trx) => {
    await sql`
      INSERT INTO user_activity_etl (moodle_course_id, course_id, id_number, course_name, course_shortname, category_id,
        category_path, num_teachers, num_students, ${sql.join(VIEW_COLUMNS.map((column) => sql.ref(column)))},
        total_views, avg_activity_per_student_per_day, active_days, extraction_date)
      SELECT seq, CONCAT('F', seq % 200), CONCAT('C', LPAD(seq, 6, '0')), CONCAT('Introduction to subject ', seq, ' and its methods'),
        CONCAT('SUB-', seq), seq % 200, CONCAT('/', seq % 10, '/', seq % 200), seq % 3, seq % 90,
        ${sql.join(VIEW_COLUMNS.map((_, index) => sql`seq % ${sql.lit(50 - 5 * index)}`))}, seq % 155, seq % 7, 1, ${date}
      FROM ${sql.raw(`seq_1_to_${rows}`)}`.execute(trx);
    await finishBatch(trx, outcome.claim, { numrow: rows, findings: { loaded: rows, provisional: false } });
  });
}

/** Reads a date's CSV from a new gateway and drops it line by line. */
async function csvOf(
  stage: Stage,
  warehouseUrl: string,
  date: string,
  rows: number,
): Promise<{ milliseconds: number; megabytes: number }> {
  const system: BenchSystem = await startSystem(stage, { warehouseUrl });
  try {
    const began = performance.now();
    const url = `${system.api}/export?date=${date}&format=csv&limit=all`;
    const { body } = await fetch(url, { headers: { authorization: system.headers.authorization ?? '' } });
    let lines = 0;
    for await (const chunk of body ?? []) for (const byte of chunk) if (byte === 10) lines += 1;
    if (lines !== rows + 1) throw new Error(`The CSV of ${rows} rows has ${lines} lines`);
    return { milliseconds: performance.now() - began, megabytes: peakMegabytes(system.gateway) };
  } finally {
    await system.close();
  }
}

/** A process that fetches an answer once and sends its bytes to every client. */
async function startBareRoute(
  from: string,
  headers: Record<string, string>,
): Promise<{ url: string; process: ChildProcess }> {
  const port = await freePort();
  const file = path.join(import.meta.dirname, '../bare-route.ts');
  const child = spawn(process.execPath, [file, String(port), from, headers.authorization ?? ''], {
    stdio: 'ignore',
  });
  const url = `http://127.0.0.1:${port}/`;
  const answers = () =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  await waitUntil(answers, 'the bare route to answer');
  return { url, process: child };
}
