/** Something that is wrong, or was. Times are epoch milliseconds by the warehouse's clock. */
export interface Alert {
  /** The same at every attempt to deliver a message of this alert. A receiver recognises a repetition by it. */
  id: string;
  cause: string;
  message: string;
  openedAt: number;
  /** When a process last found the cause firing. */
  seenAt: number;
  /** When a field last changed: of two copies the newer one is right. */
  changedAt: number;
  resolvedAt: number | null;
  /** The newest message that was delivered. */
  notified: 'nothing' | 'opened' | 'resolved';
  /** Failed attempts to deliver the next message, and when the next attempt is due. */
  tries: number;
  nextTryAt: number;
  /** The dates of failed runs. */
  dates?: string[];
}

/** What a check found out about a cause. */
export type Check =
  | { cause: string; isFiring: true; message: string; dates?: string[] }
  | { cause: string; isFiring: false };
