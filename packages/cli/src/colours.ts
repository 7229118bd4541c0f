import { styleText } from 'node:util';
import type { EtlStatus } from '@etl/core';

type Colour = Parameters<typeof styleText>[0];

const OF_STATUS: Partial<Record<EtlStatus, Colour>> = {
  running: 'cyan',
  completed: 'green',
  failed: 'red',
};

/** A text in a colour on a terminal that has some; as it is in a pipe, and where NO_COLOR is set. */
export function coloured(colour: Colour, text: string): string {
  return styleText(colour, text, { stream: process.stdout });
}

export function colouredStatus(status: EtlStatus): string {
  const colour = OF_STATUS[status];
  return colour ? coloured(colour, status) : status;
}
