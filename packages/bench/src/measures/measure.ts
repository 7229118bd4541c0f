import type { Samples } from '../samples.ts';

/** A part of the report: what was measured together, in one run, and what it was held against. */
export interface Measured {
  title: string;
  /** What the lines are, and why. */
  text: string;
  lines: Line[];
  promises: HeldPromise[];
  /** What is slower with us by its nature, whatever was measured. */
  losses?: string[];
}

export interface Line {
  what: string;
  samples: Samples;
  /** Of what the samples are. */
  unit: 'ms' | 'MB' | 'requests/s';
}

/** A ratio or a figure that was aimed at. */
export interface HeldPromise {
  what: string;
  value: number;
  limit: number;
  /** Whether the value is to be at most or at least the limit. */
  kind: 'at most' | 'at least';
  unit?: string;
}

export function isKept({ value, limit, kind }: HeldPromise): boolean {
  return kind === 'at most' ? value <= limit : value >= limit;
}

export function line(what: string, samples: Samples, unit: Line['unit'] = 'ms'): Line {
  return { what, samples, unit };
}
