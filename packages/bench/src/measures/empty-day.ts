import { once } from 'node:events';
import { scratchName } from '@etl/local-stack';
import { FlowProducer, type Job, Worker } from 'bullmq';
import { interleave } from '../samples.ts';
import { openStageWarehouse, type Stage } from '../stage.ts';
import { startSystem } from '../system.ts';
import { line, type Measured } from './measure.ts';

/** Before the log begins. */
const FIRST_EMPTY = Temporal.PlainDate.from('2023-11-01');

/** What the system itself costs: a day without a row of log, beside three jobs that do nothing in the same flow. */
export async function measureEmptyDay(stage: Stage): Promise<Measured> {
  const { url, warehouse } = await openStageWarehouse(stage, 'bench_empty');
  await warehouse.destroy();
  const system = await startSystem(stage, { warehouseUrl: url });
  const queue = openBareQueue(stage.stack.redisUrl);
  try {
    const times = await interleave(stage.rounds, [
      { name: 'bare', run: () => queue.runFlow() },
      {
        name: 'empty',
        run: (round) => system.timeRun('run_pipeline', { date: FIRST_EMPTY.add({ days: round }).toString() }),
      },
    ]);
    return {
      title: 'An empty day',
      text:
        'A day before the log begins, from the POST to completed. Its heads are counted and its merge has a row for each course all the ' +
        'same; the bare queue is a flow of three jobs that do nothing.',
      lines: [
        line('three empty jobs in the same flow', times.bare),
        line('an empty day, from the POST to completed', times.empty),
      ],
      promises: [
        {
          what: "an empty day, beyond the queue's own minimum",
          value: times.empty.median - times.bare.median,
          limit: 150,
          kind: 'at most',
          unit: 'ms',
        },
      ],
    };
  } finally {
    await queue.close();
    await system.close();
  }
}

/** A flow of two children and a parent that do nothing, on queues of its own. */
function openBareQueue(redisUrl: string) {
  const options = {
    connection: { url: redisUrl, maxRetriesPerRequest: null },
    prefix: `{${scratchName('bare')}}`,
  };
  const names = ['first', 'second', 'parent'] as const;
  const workers = names.map((name) => new Worker(name, async (_job: Job) => undefined, options));
  const flow = new FlowProducer(options);
  const parent = workers[2] as Worker;
  return {
    runFlow: async () => {
      const completed = once(parent, 'completed');
      await flow.add({
        name: 'parent',
        queueName: 'parent',
        children: [
          { name: 'first', queueName: 'first' },
          { name: 'second', queueName: 'second' },
        ],
      });
      await completed;
    },
    close: async () => {
      await Promise.all([flow, ...workers].map((user) => user.close()));
    },
  };
}
