import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

const SOURCES = path.resolve(import.meta.dirname, '../src');

/** Starts a process with this `main`. `signal` sends it a signal as soon as its output has the text. */
function start(main: string) {
  const script = `
    import { setTimeout as sleep } from 'node:timers/promises';
    import { ConfigError } from '${SOURCES}/config/load.ts';
    import { createLogger } from '${SOURCES}/logger.ts';
    import { runProcess } from '${SOURCES}/run-process.ts';
    const log = createLogger({ ETL_LOG_LEVEL: 'info' }, 'test');
    const serve = () => { setInterval(() => {}, 1000); console.log('serving'); };
    await runProcess(async (onStop) => { ${main} });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script]);
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const closed = once(child, 'close');
  return {
    signal: async (signal: NodeJS.Signals, after: string) => {
      await expect.poll(() => output, { timeout: 10_000 }).toContain(after);
      child.kill(signal);
    },
    end: async () => {
      const [code, signal] = await closed;
      return { code, signal, output };
    },
  };
}

it.each(['SIGTERM', 'SIGINT'] as const)(
  'a process that gets %s finishes its work and exits with 0',
  async (signal) => {
    const child = start(
      "onStop(log, async () => { await sleep(1); console.log('work finished'); }); serve();",
    );
    await child.signal(signal, 'serving');
    const { code, output } = await child.end();
    expect(code).toBe(0);
    // The log writes asynchronously, so the order of its lines at an exit is not defined.
    for (const line of ['process stopping', 'work finished', 'process stopped'])
      expect(output).toContain(line);
  },
);

it('a second signal ends a process whose stop hangs, with exit code 1', async () => {
  const child = start('onStop(log, () => new Promise(() => {})); serve();');
  await child.signal('SIGTERM', 'serving');
  await child.signal('SIGINT', 'process stopping');
  const { code, output } = await child.end();
  expect(code).toBe(1);
  expect(output).toContain('second signal, exiting with work in progress');
});

it('a stop that fails is logged, and the process exits with 1', async () => {
  const child = start("onStop(log, async () => { throw new Error('the pool does not close'); }); serve();");
  await child.signal('SIGTERM', 'serving');
  const { code, output } = await child.end();
  expect(code).toBe(1);
  expect(output).toMatch(/the pool does not close.*stop failed/);
});

it('a start that a stop interrupts does not change the exit code', async () => {
  const child = start(`
    const stopped = new AbortController();
    onStop(log, async () => { stopped.abort(); await new Promise(setImmediate); });
    console.log('starting');
    await sleep(60_000, undefined, { signal: stopped.signal });`);
  await child.signal('SIGTERM', 'starting');
  expect(await child.end()).toMatchObject({ code: 0 });
});

it('a wrong configuration is printed without a stack, and the process exits with 2', async () => {
  const { code, output } = await start("throw new ConfigError('PORT is wrong');").end();
  expect({ code, output }).toEqual({ code: 2, output: 'PORT is wrong\n' });
});

it('a start that fails is printed with its cause, and the process exits with 1', async () => {
  const { code, output } = await start(
    "throw new Error('no start', { cause: new Error('the reason') });",
  ).end();
  expect(code).toBe(1);
  expect(output).toMatch(/^Error: no start.*the reason/s);
});

it('an uncaught error ends a process at once: its work is not finished', async () => {
  const child = start(`
    onStop(log, async () => console.log('work finished'));
    setTimeout(() => { throw new Error('a bug'); });
    serve();`);
  const { code, output } = await child.end();
  expect(code).toBe(1);
  expect(output).toContain('a bug');
  expect(output).not.toContain('work finished');
});
