import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { dayOf, loadConfig } from '@etl/core';
import type { SystemProcess } from '@etl/local-stack';
import { claimBatch, insertRun, renewLease } from '@etl/warehouse';
import { samplesOf } from '../samples.ts';
import { openStageWarehouse, type Stage, type StageWarehouse } from '../stage.ts';
import { type BenchGateway, startGateway } from '../system.ts';
import { line, type Measured } from './measure.ts';

const LISTENERS = 30;

/** The kernel's unit of processor time. It has had this value on every Linux for decades. */
const TICKS_A_SECOND = 100;

/** The processor time of a gateway while a run makes progress each second, without and with listeners. */
export async function measureEvents(stage: Stage, { seconds }: { seconds: number }): Promise<Measured> {
  const opened = await openStageWarehouse(stage, 'bench_events');
  const gateway = await startGateway(stage, { warehouseUrl: opened.url });
  const closing = new AbortController();
  try {
    const advance = await startedRun(opened);
    const cost = () => percentOfACore(gateway.gateway, seconds, advance);
    const alone = await cost();
    const listeners = await Promise.all(
      Array.from({ length: LISTENERS }, (_, index) => listen(gateway, index, closing.signal)),
    );
    const listened = await cost();
    const events = Math.min(...listeners.map(({ seen }) => seen()));
    if (events === 0) throw new Error('A listener got no event');
    return {
      title: 'Events',
      text: `${LISTENERS} streams of events are open, one in two of a viewer, while a batch reports progress each second for ${seconds} s.
The share is the gateway's processor time, of one core.`,
      lines: [
        line('gateway without listeners', samplesOf([alone]), '%'),
        line(`gateway with ${LISTENERS} listeners`, samplesOf([listened]), '%'),
      ],
      aims: [
        {
          what: `${LISTENERS} listeners, of a core`,
          value: Math.max(0, listened - alone),
          limit: 2,
          kind: 'at most',
          unit: '%',
        },
      ],
    };
  } finally {
    closing.abort();
    await gateway.close();
    await opened.warehouse.destroy();
  }
}

/** Rows of the batch: each report is a further percent, which viewers see, too. */
const ROWS = 100_000;
const ROWS_A_SECOND = 1000;

/** A batch in progress. Returns the function that reports more progress. */
async function startedRun({ warehouse }: StageWarehouse): Promise<() => Promise<void>> {
  const settings = loadConfig({});
  const runId = crypto.randomUUID();
  const [row] = await insertRun(
    warehouse,
    {
      runId,
      settings,
      day: dayOf('2024-01-01', 'UTC'),
      trigger: 'api',
      requestedBy: 'bench',
      force: false,
      batches: [{ batch: 'activity_counts', jobId: runId, limitSize: 1000 }],
    },
    600,
  );
  const job = { schedulerId: row?.schedulerId ?? 0, runId, batch: 'activity_counts', settings } as const;
  const outcome = await claimBatch(warehouse, job, 600);
  if (outcome.kind !== 'claimed') throw new Error(`The batch was not claimed: ${outcome.kind}`);
  let done = 0;
  return () => {
    done += ROWS_A_SECOND;
    return renewLease(warehouse, outcome.claim, { offset: done, numrow: ROWS }, 600);
  };
}

/** Opens a stream with a token of its own, and counts its events. */
async function listen(
  gateway: BenchGateway,
  index: number,
  signal: AbortSignal,
): Promise<{ seen: () => number }> {
  const role = index % 2 === 0 ? { roles: ['etl-admin'] } : { directorate: 'F1' };
  const headers = await gateway.headersOf({ username: `listener-${index}`, ...role });
  const answer = await fetch(`${gateway.api}/events`, { headers, signal });
  if (answer.status !== 200) throw new Error(`events: ${answer.status} ${await answer.text()}`);
  let events = 0;
  const read = async () => {
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) {
      events += decoder.decode(chunk).split('event: run').length - 1;
    }
  };
  // It ends with the measure.
  read().catch(() => {});
  return { seen: () => events };
}

async function percentOfACore(
  { pid }: SystemProcess,
  seconds: number,
  advance: () => Promise<void>,
): Promise<number> {
  const before = processorSeconds(pid);
  for (let second = 0; second < seconds; second++) {
    await advance();
    await wait(1000);
  }
  return ((processorSeconds(pid) - before) / seconds) * 100;
}

/** Of user and kernel. The fields follow the name of the program, which may contain blanks. */
function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}
