import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { type ComponentChildren, createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import { PREFIX } from '../api/client.ts';
import { takeRunEvent } from '../api/run-events.ts';
import type { DayEvent, RunEvent } from '../api/types.ts';

/** `lost`: changes come by polling until the stream is open again. */
export type Connection = 'connecting' | 'open' | 'lost';

const Context = createContext<Connection>('connecting');

/** The state of the stream of events. */
export const useConnection = () => useContext(Context);

/** The answers of the view of runs. */
const RUN_KEYS = ['calendar', 'scheduler', 'status'];
/** The answers that change when a run does. */
export const LIVE_KEYS = [...RUN_KEYS, 'days'];

/** The gateway refuses a stream if there are too many: this view is not alone in asking again. */
const REOPEN_MS = 15_000;
/** A backfill changes many dates. They are read again at most once in so many milliseconds. */
const RUNS_MS = 2000;
const FIGURES_MS = 10_000;

/** Keeps one stream of events open while a person is signed in, and passes them to the cache of answers. */
export function LiveProvider({ children }: { children: ComponentChildren }) {
  const queries = useQueryClient();
  const [connection, setConnection] = useState<Connection>('connecting');
  useEffect(() => follow(queries, setConnection), [queries]);
  return <Context.Provider value={connection}>{children}</Context.Provider>;
}

function follow(queries: QueryClient, tell: (connection: Connection) => void): () => void {
  let source: EventSource;
  let reopening: ReturnType<typeof setTimeout> | undefined;
  let isOpenedBefore = false;

  const readAgain = (keys: readonly string[]) => {
    for (const key of keys) void queries.invalidateQueries({ queryKey: [key] });
  };
  const runs = gathered(RUNS_MS, () => readAgain(LIVE_KEYS));
  const figures = gathered(FIGURES_MS, () => void queries.invalidateQueries());
  const reopen = () => {
    // The answer leads to the sign-in page if the session has ended.
    readAgain(['me']);
    open();
  };
  const open = () => {
    source = new EventSource(`${PREFIX}/events`);
    source.onopen = () => {
      tell('open');
      // What happened while no stream was open is in the answers.
      if (isOpenedBefore) void queries.invalidateQueries();
      else readAgain(RUN_KEYS);
      isOpenedBefore = true;
    };
    source.onerror = () => {
      tell('lost');
      // After a refusal the browser does not try again by itself.
      if (source.readyState === EventSource.CLOSED) reopening = setTimeout(reopen, REOPEN_MS);
    };
    source.addEventListener('run', ({ data }) => {
      if (takeRunEvent(queries, JSON.parse(data) as RunEvent)) runs.ask();
    });
    source.addEventListener('day', ({ data }) => {
      const { state } = JSON.parse(data) as DayEvent;
      runs.ask();
      if (state !== 'failed') figures.ask();
    });
  };

  open();
  return () => {
    clearTimeout(reopening);
    runs.end();
    figures.end();
    source.close();
  };
}

/** Acts at the first call of `ask`, and then at most once in so many milliseconds. */
function gathered(milliseconds: number, act: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isAskedAgain = false;
  const ask = () => {
    isAskedAgain = timer !== undefined;
    if (isAskedAgain) return;
    act();
    timer = setTimeout(() => {
      timer = undefined;
      if (isAskedAgain) ask();
    }, milliseconds);
  };
  return { ask, end: () => clearTimeout(timer) };
}
