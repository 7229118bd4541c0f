import type { Samples } from '../samples.ts';

/** A part of the report: what one run measured, and the aims it is compared with. */
export interface Measured {
  title: string;
  /** Explains the lines. */
  text: string;
  lines: Line[];
  aims: Aim[];
  /** What is slower with this system by design. */
  losses?: string[];
}

export interface Line {
  what: string;
  samples: Samples;
  /** The unit of the samples. */
  unit: 'ms' | 'MB' | 'requests/s' | '%';
}

/** A ratio or figure and its aim. */
export interface Aim {
  what: string;
  value: number;
  limit: number;
  /** Whether the limit is an upper or a lower one. */
  kind: 'at most' | 'at least';
  unit?: string;
}

export function isMet({ value, limit, kind }: Aim): boolean {
  return kind === 'at most' ? value <= limit : value >= limit;
}

export function line(what: string, samples: Samples, unit: Line['unit'] = 'ms'): Line {
  return { what, samples, unit };
}
