import type { Alert, AlertStore } from '../alert.ts';

/** In this process, for as long as it lives. */
export function processStore(): AlertStore {
  const alerts = new Map<string, Alert>();
  return {
    now: async () => Date.now(),
    all: async () => [...alerts.values()],
    put: async (alert) => void alerts.set(alert.cause, alert),
    remove: async (cause) => void alerts.delete(cause),
  };
}
