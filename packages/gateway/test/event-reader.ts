import { waitUntil } from '@etl/local-stack';
import { API } from './support.ts';

/** An event as it arrived. */
export interface ReceivedEvent {
  event: string;
  data: Record<string, unknown>;
}

export interface EventReader {
  status: number;
  headers: Headers;
  /** All that arrived. */
  text(): string;
  events(): ReceivedEvent[];
  /** Resolves with the first event that fits. */
  wait(event: string, data: Record<string, unknown>): Promise<ReceivedEvent>;
  /** Resolves when the stream has ended: by its end, or by an error. */
  ended: Promise<'end' | 'error'>;
  hangUp(): void;
}

/** Opens `GET events`, and reads it. */
export async function readEvents(address: string, token: string, query = ''): Promise<EventReader> {
  const hangUp = new AbortController();
  const answer = await fetch(`${address}${API}/events${query}`, {
    headers: { authorization: `Bearer ${token}` },
    signal: hangUp.signal,
  });
  let text = '';
  let rest = '';
  const events: ReceivedEvent[] = [];
  const take = (part: string) => {
    text += part;
    const blocks = (rest + part).split('\n\n');
    rest = blocks.pop() ?? '';
    events.push(...blocks.flatMap(parsed));
  };
  const read = async (): Promise<'end' | 'error'> => {
    const decoder = new TextDecoder();
    try {
      for await (const part of answer.body ?? []) take(decoder.decode(part, { stream: true }));
      return 'end';
    } catch {
      return 'error';
    }
  };
  const ended = read();
  return {
    status: answer.status,
    headers: answer.headers,
    text: () => text,
    events: () => events,
    ended,
    hangUp: () => hangUp.abort(),
    wait: async (event, data) => {
      const isIt = (one: ReceivedEvent) =>
        one.event === event && Object.entries(data).every(([name, value]) => one.data[name] === value);
      await waitUntil(async () => events.some(isIt), `the event ${event} ${JSON.stringify(data)}`);
      return events.find(isIt) as ReceivedEvent;
    },
  };
}

function parsed(block: string): ReceivedEvent[] {
  const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
  return event === undefined || data === undefined ? [] : [{ event, data: JSON.parse(data) }];
}
