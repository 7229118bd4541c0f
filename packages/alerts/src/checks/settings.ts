import { type FigureSettings, settingsDifference } from '@etl/core';
import { storedSettings, type Warehouse } from '@etl/warehouse';
import type { Check } from '../alert.ts';

const ABOUT = { cause: 'settings' } as const;

/** Checks whether this process's settings of figures differ from the stored ones. */
export async function settingsCheck(warehouse: Warehouse, settings: FigureSettings): Promise<Check[]> {
  const difference = settingsDifference(settings, await storedSettings(warehouse));
  return [
    difference
      ? { ...ABOUT, isFiring: true, message: `Settings differ: ${difference.message}` }
      : { ...ABOUT, isFiring: false },
  ];
}
