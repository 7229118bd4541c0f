/** Something that is wrong, or was. Times are epoch milliseconds. */
export interface Alert {
  /** Of this alert and its end, the same at each try: a receiver can tell a repetition by it. */
  id: string;
  cause: string;
  message: string;
  openedAt: number;
  /** When somebody last saw it. */
  seenAt: number;
  /** When anything of this was last changed: of several copies the newest is right. */
  changedAt: number;
  resolvedAt: number | null;
  /** What has been delivered. */
  told: 'nothing' | 'opened' | 'resolved';
  /** Tries of the delivery that is due that have failed, and when it is to be tried again. */
  tries: number;
  nextTryAt: number;
  /** The dates that it is about, where it is about failed runs. */
  dates?: string[];
}

/** What a look says about a cause. */
export type Look =
  | { cause: string; isThere: true; message: string; dates?: string[] }
  | { cause: string; isThere: false };

/** Where alerts are kept, by their causes. */
export interface AlertStore {
  /** Epoch milliseconds, by its own clock: those of machines differ. */
  now(): Promise<number>;
  all(): Promise<Alert[]>;
  put(alert: Alert): Promise<void>;
  remove(cause: string): Promise<void>;
}
