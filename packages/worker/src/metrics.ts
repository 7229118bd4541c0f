import { BATCHES, type Batch, LEFT_OUT_REASONS, sharedCheck } from '@etl/core';
import type { Source } from '@etl/moodle';
import type { BatchOutcome } from '@etl/queue';
import type { BatchDetails } from '@etl/warehouse';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** The metrics of a worker, for Prometheus. */
export interface WorkerMetrics {
  registry: Registry;
  count(batch: Batch, outcome: BatchOutcome): void;
  /**
   * Measures how many sessions of the source this worker uses, and whether the source answers: `ping` throws if it
   * does not.
   */
  watchSource(source: Source, ping: () => Promise<void>): void;
}

/** The range goes from an empty day to one of millions of rows. */
const SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];

const OUTCOMES: readonly BatchOutcome['kind'][] = [
  'completed',
  'failed',
  'retried',
  'handed_back',
  'held',
  'refused',
  'lost',
];

export function openMetrics(): WorkerMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const attempts = new Counter({
    name: 'etl_batch_attempts_total',
    help: 'Attempts at a batch, by outcome',
    labelNames: ['batch', 'outcome'],
    registers: [registry],
  });
  // Starts at zero: a counter that appears with its first failure has not risen.
  for (const batch of BATCHES) {
    for (const outcome of OUTCOMES) attempts.inc({ batch, outcome }, 0);
  }
  const durations = new Histogram({
    name: 'etl_batch_duration_seconds',
    help: 'Duration of completed attempts, including the load',
    labelNames: ['batch'],
    buckets: SECONDS,
    registers: [registry],
  });
  const rows = new Counter({
    name: 'etl_batch_rows_total',
    help: 'Rows of completed batches: read from the source, counted into a figure, left out, and loaded',
    labelNames: ['batch', 'kind'],
    registers: [registry],
  });
  const leftOut = new Counter({
    name: 'etl_log_rows_left_out_total',
    help: 'Log rows that completed merges have not counted, by reason',
    labelNames: ['reason'],
    registers: [registry],
  });
  for (const reason of LEFT_OUT_REASONS) leftOut.inc({ reason }, 0);
  return {
    registry,
    count: (batch, outcome) => {
      attempts.inc({ batch, outcome: outcome.kind });
      if (outcome.kind !== 'completed') return;
      const { rows: found, loaded = 0, ledger }: Partial<BatchDetails> = outcome.findings;
      durations.observe({ batch }, outcome.seconds);
      rows.inc({ batch, kind: 'read' }, found?.read ?? 0);
      rows.inc({ batch, kind: 'counted' }, found?.counted ?? 0);
      rows.inc({ batch, kind: 'left_out' }, sum(Object.values(found?.left_out ?? {})));
      rows.inc({ batch, kind: 'loaded' }, loaded);
      if (!ledger) return;
      for (const reason of LEFT_OUT_REASONS) leftOut.inc({ reason }, ledger.left_out[reason]);
    },
    watchSource: (source, ping) => {
      const answers = sharedCheck(ping);
      new Gauge({
        name: 'etl_dependency_up',
        help: '1 if the server answered within two seconds, else 0',
        labelNames: ['dependency'],
        registers: [registry],
        async collect() {
          const up = await answers().then(
            () => 1,
            () => 0,
          );
          this.set({ dependency: 'moodle' }, up);
        },
      });
      new Gauge({
        name: 'etl_source_sessions',
        help: "Sessions with which this worker reads Moodle's database now",
        registers: [registry],
        collect() {
          this.set(source.slotsHeld.count);
        },
      });
    },
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}
