import { styleText } from 'node:util';
import type { EtlStatus } from '@etl/core';

type Colour = Parameters<typeof styleText>[0];

const OF_STATUS: Partial<Record<EtlStatus, Colour>> = {
  running: 'cyan',
  completed: 'green',
  failed: 'red',
};

/** Colours a text. In a pipe, and if NO_COLOR is set, the text stays plain. */
export function coloured(colour: Colour, text: string): string {
  return styleText(colour, text, { stream: process.stdout });
}

export function colouredStatus(status: EtlStatus): string {
  const colour = OF_STATUS[status];
  return colour ? coloured(colour, status) : status;
}
